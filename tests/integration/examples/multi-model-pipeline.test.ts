import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { loadConfig } from '../../../src/config.ts';
import type { ModelStepPlan } from '../../../src/pipeline/plan.ts';
import { validate } from '../../../src/validate.ts';
import { followPage, openExample, type Example } from '../../example.ts';
import { outputsOf, stepOf, untilEnd } from '../../runs.ts';

const FOLDER = 'examples/multi-model-pipeline';
const LOCAL = 'ollama/smollm2:135m';

/** The models of each step, in their order. */
async function modelsWith(environment: Record<string, string>): Promise<Readonly<Record<string, readonly string[]>>> {
  const yaml = await readFile(`${FOLDER}/pipeline.yaml`, 'utf8');
  const { plan } = validate(yaml, { folder: FOLDER, config: loadConfig(environment) });
  const steps = plan.steps as readonly ModelStepPlan[];
  return Object.fromEntries(
    steps.map(({ id, candidates }) => [id, candidates.map(({ provider, model }) => `${provider}/${model}`)]),
  );
}

describe(FOLDER, function () {
  this.timeout(480_000);
  let example: Example;

  before(async () => {
    example = await openExample();
  });
  after(() => example?.close());

  it('uses the models on this machine alone where there is no key', async () => {
    assert.deepEqual(await modelsWith({}), { sort: [LOCAL], answer: [LOCAL], rate: [LOCAL] });
  });

  it('uses the models of vendors in the order that is wanted where there are keys', async () => {
    assert.deepEqual(await modelsWith({ OPENAI_API_KEY: 'k', ANTHROPIC_API_KEY: 'k' }), {
      sort: [LOCAL, 'openai/gpt-5-nano', 'anthropic/claude-haiku-4-5'],
      answer: ['anthropic/claude-sonnet-4-5', 'openai/gpt-5-mini', LOCAL],
      rate: ['openai/gpt-5', 'anthropic/claude-sonnet-4-5', LOCAL],
    });
  });

  followPage(`${FOLDER}/README.md`, () => example);

  it('says in the results who answered, and why these models were taken', async () => {
    const { ground, own } = example;
    const view = await untilEnd(ground.connection, own('letter-1'));
    const outputs = await outputsOf(ground, view);
    assert.deepEqual([outputs['answered_by'], outputs['rated_by']], [LOCAL, LOCAL]);
    const [sort, answer] = [stepOf(view, 'sort'), stepOf(view, 'answer')];
    assert.ok(sort.status === 'done' && answer.status === 'done');
    assert.match(String(sort.choice), /by cost: ollama\/smollm2:135m \(free\)/);
    assert.equal(answer.choice, undefined);
  });
});
