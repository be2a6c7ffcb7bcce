import assert from 'node:assert/strict';
import { describeRun } from '../../src/runs.ts';
import { openGround, outputsOf, runYaml, startYaml, untilEnd, untilView, type TestGround } from '../runs.ts';
import { server } from '../servers.ts';
import { startTestWorker } from '../worker.ts';
import { topUpRun } from '../../src/steering.ts';

describe('the budget of a run', () => {
  let ground: TestGround;
  let worker: { stop(): Promise<void> };

  before(async () => {
    ground = await openGround();
    worker = await startTestWorker(ground);
  });

  after(async () => {
    await worker.stop();
    await ground.close();
  });

  const model = `ollama/${server('model')}`;
  const yamlOf = (budget: string, count: number): string => `name: budget
budget: ${budget}
models: { small: { use: ${model}, max_output_tokens: 4 } }
steps:
  each: { for_each: "\${{ range(${count}) }}", concurrency: 10, max: 1000, model: small, prompt: "Say \${{ item }}" }
outputs: { count: "\${{ size(steps.each.output) }}" }
`;

  it('is kept by calls side by side, and topped up once, whatever is sent twice', async () => {
    const { connection } = ground;
    const runId = await startYaml(ground, yamlOf('{ tokens: 280 }', 8));
    const asking = await untilView(connection, runId, ({ budget }) => budget?.missing !== undefined);
    assert.equal(asking.status, 'waiting');
    const { spent, reserved } = asking.budget ?? assert.fail();
    assert.ok(spent.tokens > 0 && spent.tokens + reserved.tokens <= 280, JSON.stringify(asking.budget));
    for (const [message, why] of [
      [{}, /nothing is added/],
      [{ usd: 1 }, /the pipeline has no budget in usd/],
      [{ tokens: -1 }, /tokens is -1, a number above 0/],
    ] as const) {
      await assert.rejects(topUpRun(connection, runId, message), {
        code: 'TOP_UP_REFUSED',
        message: why,
      });
    }
    await topUpRun(connection, runId, { tokens: 2000, id: 'once' });
    await topUpRun(connection, runId, { tokens: 2000, id: 'once' });
    const view = await untilEnd(connection, runId);
    assert.deepEqual(await outputsOf(ground, view), { count: 8 });
    assert.deepEqual(view.budget?.limit, { tokens: 2280 });
    const { inputTokens, outputTokens } = view.usage;
    assert.deepEqual(view.budget?.spent, { nanoUsd: 0, tokens: inputTokens + outputTokens });
    assert.deepEqual(view.budget?.reserved, { nanoUsd: 0, tokens: 0 });
  });

  it('ends the run when it must, whatever a step says about errors', async () => {
    const yaml = yamlOf('{ tokens: 280, on_exceeded: fail }', 8).replace(
      'concurrency: 10',
      'concurrency: 10, on_item_error: continue, on_error: continue',
    );
    const view = await runYaml(ground, yaml);
    assert.deepEqual([view.status, view.error?.code], ['failed', 'BUDGET_EXCEEDED']);
    assert.ok((view.budget?.spent.tokens ?? Infinity) <= 280);
  });

  it('is shared with the parts of a run', async () => {
    const { connection } = ground;
    const yaml = `name: shared
budget: { tokens: 400 }
models: { small: { use: ${model}, max_output_tokens: 4 } }
steps:
  loop: { repeat: { max: 30, until: "\${{ false }}" }, model: small, prompt: "Say a" }
`;
    const runId = await startYaml(ground, yaml);
    const asking = await untilView(connection, runId, ({ budget }) => budget?.missing !== undefined);
    const { spent, reserved } = asking.budget ?? assert.fail();
    assert.ok(spent.tokens + reserved.tokens <= 400, JSON.stringify(asking.budget));
    await topUpRun(connection, runId, { tokens: 20_000 });
    const view = await untilEnd(connection, runId);
    assert.equal(view.status, 'done', JSON.stringify(view.error));
    assert.deepEqual(view.budget?.spent.tokens, view.usage.inputTokens + view.usage.outputTokens);
    assert.deepEqual((await describeRun(connection, runId)).budget?.reserved.tokens, 0);
  });
});
