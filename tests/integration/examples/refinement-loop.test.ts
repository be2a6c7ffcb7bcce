import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { refinementLoop } from '../../../examples/refinement-loop/pipeline.ts';
import { validate } from '../../../src/validate.ts';
import { followPage, openExample, type Example } from '../../example.ts';
import { outputsOf, stepOf, untilEnd } from '../../runs.ts';

const FOLDER = 'examples/refinement-loop';

describe(FOLDER, function () {
  this.timeout(480_000);
  let example: Example;

  before(async () => {
    example = await openExample();
  });
  after(() => example?.close());

  it('is one plan, as YAML and as TypeScript, without warnings', async () => {
    const { config } = example.ground;
    const fromYaml = validate(await readFile(`${FOLDER}/pipeline.yaml`, 'utf8'), { config });
    const fromTypeScript = validate(refinementLoop, { config });
    assert.deepEqual(fromTypeScript.plan, fromYaml.plan);
    assert.deepEqual([...fromYaml.warnings, ...fromTypeScript.warnings], []);
  });

  followPage(`${FOLDER}/README.md`, () => example);

  it('ends when the score is good, or when no round is left', async () => {
    const { ground, own } = example;
    const view = await untilEnd(ground.connection, own('text-1'));
    const { score, rounds, stopped } = await outputsOf(ground, view);
    assert.equal(stopped, Number(score) >= 5 ? 'until' : 'max');
    assert.ok(Number(rounds) <= 3 && (stopped === 'until' || rounds === 3));
    assert.equal(stepOf(view, 'refine').round, rounds);
  });
});
