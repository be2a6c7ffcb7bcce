import assert from 'node:assert/strict';
import { openGround, runYaml, stepOf, type TestGround } from '../runs.ts';
import { server } from '../servers.ts';
import { startTestWorker } from '../worker.ts';

describe('what a budget sets aside', () => {
  let ground: TestGround;
  let worker: { stop(): Promise<void> };

  before(async () => {
    ground = await openGround({ OPENAI_BASE_URL: `${server('ollama')}/v1`, OPENAI_API_KEY: 'none' });
    worker = await startTestWorker(ground);
  });

  after(async () => {
    await worker.stop();
    await ground.close();
  });

  const model = server('model');

  it('passes over a model whose price nobody knows, where dollars are limited', async () => {
    const view = await runYaml(
      ground,
      `name: prices
budget: { usd: 1 }
models: { both: { use: [openai/${model}, ollama/${model}], max_output_tokens: 4, accept: [length] } }
steps:
  ask: { model: both, prompt: Say a }
`,
    );
    const ask = stepOf(view, 'ask');
    assert.deepEqual(ask.status === 'done' ? ask.passedOver?.map(({ code }) => code) : ask, ['PRICE_UNKNOWN']);
    assert.equal(view.budget?.spent.nanoUsd, 0);
  });

  it('is refused to a part of a run that must not ask', async () => {
    const view = await runYaml(
      ground,
      `name: refused
budget: { tokens: 260, on_exceeded: fail }
models: { small: { use: ollama/${model}, max_output_tokens: 4, accept: [length] } }
steps:
  loop: { repeat: { max: 24 }, model: small, prompt: Say a }
`,
    );
    assert.deepEqual([view.status, view.error?.code], ['failed', 'BUDGET_EXCEEDED']);
    assert.ok((view.budget?.spent.tokens ?? Infinity) <= 260);
    assert.equal(view.budget?.reserved.tokens, 0);
  });
});
