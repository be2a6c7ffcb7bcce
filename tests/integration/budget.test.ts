import assert from 'node:assert/strict';
import { join } from 'node:path';
import { startRun } from '../../src/client.ts';
import type { RunView } from '../../src/pipeline/view.ts';
import { cancelRun, describeRun, followRun } from '../../src/runs.ts';
import {
  openGround,
  outputsOf,
  planOf,
  runYaml,
  startYaml,
  stepOf,
  untilEnd,
  untilView,
  type TestGround,
} from '../runs.ts';
import { server } from '../servers.ts';
import { startWorkerProcess } from '../worker-process.ts';
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
models: { small: { use: ${model}, max_output_tokens: 4, accept: [length] } }
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
models: { small: { use: ${model}, max_output_tokens: 4, accept: [length] } }
steps:
  loop: { repeat: { max: 21, until: "\${{ false }}" }, model: small, prompt: "Say a" }
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

  /** Looks at a run until something holds, and makes sure that it never goes over its limit before. */
  async function untilWithin(runId: string, looksRight: (view: RunView) => boolean): Promise<RunView> {
    for await (const view of followRun(ground.connection, runId, { intervalMs: 25 })) {
      const { limit, spent, reserved } = view.budget ?? assert.fail();
      assert.ok(spent.tokens + reserved.tokens <= (limit.tokens ?? Infinity), JSON.stringify(view.budget));
      if (looksRight(view)) return view;
    }
    return assert.fail('the run has ended');
  }

  it('is kept by 50 calls at once when it is enough for some ten, and a top-up lets the rest go on', async () => {
    const { connection } = ground;
    const yaml = yamlOf('{ tokens: 600 }', 50).replace('concurrency: 10', 'concurrency: 50');
    const runId = await startYaml(ground, yaml);
    const asking = await untilWithin(runId, isAsking);
    assert.equal(asking.status, 'waiting');
    const { total = 0, done = 0 } = asking.steps[0]?.progress ?? {};
    assert.ok(total === 50 && done >= 3 && done < 25, JSON.stringify(asking.steps[0]?.progress));
    assert.deepEqual(await topUpRun(connection, runId, { tokens: 100_000 }), { isRun: true, steps: [] });
    const view = await untilWithin(runId, ({ endedAt }) => endedAt !== undefined);
    assert.deepEqual(await outputsOf(ground, view), { count: 50 });
    assert.equal(view.budget?.spent.tokens, view.usage.inputTokens + view.usage.outputTokens);
    assert.equal(view.budget?.reserved.tokens, 0);
  });

  it('goes on in a new history with what it was topped up by, once', async () => {
    const { connection, config } = ground;
    const yaml = yamlOf('{ tokens: 280 }', 24).replace('concurrency: 10', 'concurrency: 1, budget: { tokens: 50000 }');
    const { runId } = await startRun(connection, { plan: planOf(yaml, config), renewAfterEvents: 20 });
    const handle = connection.client.workflow.getHandle(runId);
    const { runId: first } = await handle.describe();
    await untilWithin(runId, isAsking);
    await topUpRun(connection, runId, { tokens: 250, id: 'once' });
    const later = await untilWithin(runId, (view) => isAsking(view) && view.budget?.limit.tokens === 530);
    assert.notEqual((await handle.describe()).runId, first);
    assert.deepEqual(later.budget?.steps?.[0]?.spent, later.budget?.spent, 'of its only step');
    assert.deepEqual(await topUpRun(connection, runId, { tokens: 250, id: 'once' }), { isRun: true, steps: [] });
    assert.equal((await describeRun(connection, runId)).budget?.limit.tokens, 530);
    await topUpRun(connection, runId, { tokens: 50_000, id: 'twice' });
    assert.deepEqual((await untilEnd(connection, runId)).budget?.limit, { tokens: 50_530 });
  });

  it('gives back what was set aside for calls that are cancelled', async () => {
    const { connection } = ground;
    const runId = await startYaml(ground, yamlOf('{ tokens: 600 }', 20).replace('concurrency: 10', 'concurrency: 20'));
    await untilWithin(runId, ({ budget }) => (budget?.reserved.tokens ?? 0) > 0);
    await cancelRun(connection, runId);
    const view = await untilEnd(connection, runId);
    assert.deepEqual([view.status, view.budget?.reserved.tokens, view.budget?.asks], ['cancelled', 0, undefined]);
    assert.ok((view.budget?.spent.tokens ?? Infinity) <= 600);
  });

  const small = `models: { small: { use: ${model}, max_output_tokens: 4, accept: [length] } }`;

  it('of a step limits what is inside, and nothing else', async () => {
    const { connection } = ground;
    const yaml = `name: inside
${small}
steps:
  group: { budget: { tokens: 280 }, steps: { each: ${say(8)} } }
  other: { for_each: "\${{ range(6) }}", model: small, prompt: Say b }
outputs: { count: "\${{ size(steps.group.output.each) }}" }
`;
    const runId = await startYaml(ground, yaml);
    const asking = await untilView(
      connection,
      runId,
      (view) => isAsking(view) && stepOf(view, 'other').status === 'done',
    );
    const { budget } = asking;
    assert.deepEqual([asking.status, budget?.limit, budget?.missing], ['waiting', {}, undefined]);
    assert.deepEqual(
      budget?.asks?.map(({ step }) => step),
      ['group'],
    );
    const [group] = budget?.steps ?? [];
    assert.ok(group !== undefined && group.spent.tokens > 0 && group.spent.tokens + group.reserved.tokens <= 280);
    for (const [message, why] of [
      [{ tokens: 10, step: 'other' }, /no step "other" that has a budget goes on/],
      [{ usd: 1, step: 'group' }, /step "group" has no budget in usd/],
    ] as const) {
      await assert.rejects(topUpRun(connection, runId, message), { code: 'TOP_UP_REFUSED', message: why });
    }
    const receipt = await topUpRun(connection, runId, { tokens: 10_000, step: 'group' });
    assert.deepEqual(receipt, { isRun: false, steps: ['group'] });
    const view = await untilEnd(connection, runId);
    assert.deepEqual(await outputsOf(ground, view), { count: 8 });
    assert.equal(view.budget?.steps, undefined);
  });

  it('of a step ends the run when it must', async () => {
    const yaml = `name: ends
${small}
steps:
  each: { for_each: "\${{ range(8) }}", concurrency: 1, on_item_error: continue, budget: { tokens: 280, on_exceeded: fail }, model: small, prompt: Say a }
`;
    const view = await runYaml(ground, yaml);
    assert.deepEqual([view.status, view.error?.code], ['failed', 'BUDGET_EXCEEDED']);
    assert.match(view.error?.message ?? '', /over the budget of step "each"/);
  });

  for (const { name, step } of [
    {
      name: 'of a pipeline in a pipeline',
      step: `{ pipeline: { name: inner, budget: { tokens: 280 }, ${small}, steps: { each: ${say(8)} } } }`,
    },
    {
      name: 'of a step whose work is done in a history of its own',
      step: '{ budget: { tokens: 280 }, repeat: { max: 21 }, model: small, prompt: Say a }',
    },
  ]) {
    it(`${name} is asked for at the root`, async () => {
      const { connection } = ground;
      const runId = await startYaml(ground, `name: root\n${small}\nsteps:\n  within: ${step}\n`);
      const asking = await untilView(connection, runId, isAsking);
      assert.deepEqual(
        asking.budget?.asks?.map((each) => each.step),
        ['within'],
      );
      assert.deepEqual(await topUpRun(connection, runId, { tokens: 20_000 }), { isRun: false, steps: ['within'] });
      const view = await untilEnd(connection, runId);
      assert.deepEqual([view.status, view.budget?.asks], ['done', undefined]);
      assert.equal(view.budget?.spent.tokens, view.usage.inputTokens + view.usage.outputTokens);
    });
  }

  it('is kept when a worker is killed in the middle, and nothing of it is lost', async () => {
    const own = await openGround();
    const { connection, environment, folder } = own;
    const log = join(folder, 'worker.log');
    const yaml = `name: killed
budget: { tokens: 4000 }
models: { small: { use: ${model}, max_output_tokens: 60, accept: [length] } }
steps:
  each: { for_each: [1, 2, 3, 4], concurrency: 2, model: small, prompt: Write a long story }
`;
    let process = await startWorkerProcess(connection, environment, log);
    try {
      const runId = await startYaml(own, yaml);
      await untilView(connection, runId, ({ budget }) => (budget?.reserved.tokens ?? 0) > 0);
      await process.stop('SIGKILL');
      process = await startWorkerProcess(connection, environment, log);
      const view = await untilEnd(connection, runId);
      assert.equal(view.status, 'done', JSON.stringify(view.error));
      const { spent, reserved } = view.budget ?? assert.fail();
      const used = view.usage.inputTokens + view.usage.outputTokens;
      assert.ok(spent.tokens >= used && spent.tokens <= 4000, `${spent.tokens} of the budget, ${used} used`);
      assert.equal(reserved.tokens, 0);
    } finally {
      await process.stop('SIGKILL');
      await own.close();
    }
  });
});

function isAsking({ budget }: RunView): boolean {
  return budget?.asks !== undefined;
}

function say(count: number): string {
  return `{ for_each: "\${{ range(${count}) }}", concurrency: 4, model: small, prompt: "Say \${{ item }}" }`;
}
