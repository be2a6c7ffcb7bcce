import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { subPipelines } from '../../../examples/sub-pipelines/pipeline.ts';
import { startRun } from '../../../src/client.ts';
import type { PipelineError } from '../../../src/errors.ts';
import { validate } from '../../../src/validate.ts';
import { followPage, openExample, type Example } from '../../example.ts';
import { outputsOf, stepOf, untilEnd } from '../../runs.ts';

const FOLDER = 'examples/sub-pipelines';

describe(FOLDER, function () {
  this.timeout(480_000);
  let example: Example;
  let yaml: string;

  before(async () => {
    yaml = await readFile(`${FOLDER}/pipeline.yaml`, 'utf8');
    example = await openExample();
  });
  after(() => example?.close());

  const check = (source: string) =>
    validate(source, { config: example.ground.config, file: 'pipeline.yaml', folder: FOLDER });

  it('is one plan, as files and as TypeScript, without warnings', () => {
    const fromFiles = check(yaml);
    const fromTypeScript = validate(subPipelines, { config: example.ground.config });
    assert.deepEqual(fromTypeScript.plan, fromFiles.plan);
    assert.deepEqual([...fromFiles.warnings, ...fromTypeScript.warnings], []);
  });

  for (const { name, from, to, message } of [
    {
      name: 'an input that is missing',
      from: ', sign: The support team',
      to: '',
      message: /"sign"/,
    },
    {
      name: 'an input of another type',
      from: 'sign: The support team',
      to: 'sign: 5',
      message: /sign.*text/,
    },
    {
      name: 'a file that is not there',
      from: './teams/answer.yaml',
      to: './teams/answers.yaml',
      message: /answers\.yaml/,
    },
  ]) {
    it(`is refused with ${name}`, () => {
      assert.ok(yaml.includes(from));
      assert.throws(
        () => check(yaml.replace(from, to)),
        ({ findings }: PipelineError) => {
          assert.match(findings.map((finding) => finding.message).join('\n'), message);
          return true;
        },
      );
    });
  }

  for (const file of ['answer', 'billing', 'bug']) {
    it(`has a pipeline that can run by itself: teams/${file}.yaml`, async () => {
      const folder = `${FOLDER}/teams`;
      const { config } = example.ground;
      const { warnings } = validate(await readFile(`${folder}/${file}.yaml`, 'utf8'), { config, folder });
      assert.deepEqual(warnings, []);
    });
  }

  it('is typed: an output that is not there cannot be read', () => {
    const caller = `name: caller
steps: { bill: { pipeline: ./teams/billing.yaml, with: { ticket: Hello } } }
outputs: { title: "\${{ steps.bill.output.title }}" }
`;
    assert.throws(() => check(caller), /there is no field "title"/);
  });

  followPage(`${FOLDER}/README.md`, () => example);

  it('hands a bill to the accounts, whose pipeline uses the same file as the others', async () => {
    const { plan } = check(yaml);
    const { runId } = await startRun(example.ground.connection, { plan, inputs: { label: 'billing' } });
    const view = await untilEnd(example.ground.connection, runId);
    const { reply, team } = await outputsOf(example.ground, view);
    assert.equal(team, 'billing');
    assert.match(reply as string, /\nYour accounts department$/u);
    assert.equal(stepOf(view, 'route').steps?.[0]?.id, 'billing');
  });
});
