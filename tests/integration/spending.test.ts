import assert from 'node:assert/strict';
import type { RunView } from '../../src/pipeline/view.ts';
import { describeRun } from '../../src/runs.ts';
import { describeSpending } from '../../src/spending.ts';
import { retryStep } from '../../src/steering.ts';
import { loadConfig } from '../../src/config.ts';
import { endStrays, eventsOf, runCli } from '../orchestrator/api/cli-process.ts';
import { openGround, startYaml, untilEnd, untilView, type TestGround } from '../runs.ts';
import { server } from '../servers.ts';
import { startTestWorker } from '../worker.ts';

describe('what stands above all runs', () => {
  let ground: TestGround;
  let worker: { stop(): Promise<void> };

  async function open(settings: Readonly<Record<string, string>>): Promise<void> {
    ground = await openGround(settings);
    worker = await startTestWorker(ground);
  }

  afterEach(async () => {
    endStrays();
    await worker.stop();
    await ground.close();
  });

  async function cli(...words: readonly string[]): Promise<readonly Record<string, unknown>[]> {
    const ended = await runCli([...words, '--json'], ground.environment);
    assert.equal(ended.code, 0, ended.stderr);
    return eventsOf(ended);
  }

  it('is stopped by another process before the next call, and goes on when that is lifted', async () => {
    await open({});
    const { connection } = ground;
    const [failing, asking] = [
      await startYaml(ground, yamlOf()),
      await startYaml(ground, yamlOf('budget: { tokens: 1000000 }')),
    ];
    await untilView(connection, asking, (view) => doneIn(view) > 0);
    const [stopped] = await cli('stop-spending', '--provider', 'ollama', '--reason', 'too dear', '--by', 'ada');
    assert.equal(stopped?.['event'], 'spending_stopped');
    const failed = await untilEnd(connection, failing);
    assert.deepEqual([failed.status, failed.error?.code], ['failed', 'SPENDING_STOPPED']);
    assert.match(failed.error?.message ?? '', /ada has stopped calls of provider "ollama" of all tenants.*"too dear"/);
    const held = await untilView(connection, asking, (view) => view.held?.length === 3);
    assert.equal(held.status, 'waiting');
    assert.deepEqual(new Set(held.held?.map(({ error }) => error.code)), new Set(['SPENDING_STOPPED']));
    const before = doneIn(held);
    assert.deepEqual(doneIn(await describeRun(connection, asking)), before);
    const [spending] = await cli('spending');
    assert.deepEqual(
      (spending?.['stops'] as { by: string }[] | undefined)?.map(({ by }) => by),
      ['ada'],
    );
    await cli('resume-spending', '--provider', 'ollama');
    const retried = await cli('runs', 'retry', asking, '--all');
    assert.equal(retried.length, 3);
    await untilView(connection, asking, (view) => doneIn(view) > before);
  });

  it('has a ceiling that runs side by side do not exceed', async () => {
    await open({ ORCHESTRATOR_CEILING_DAY_TOKENS: '700' });
    const { connection, config } = ground;
    const runs = [await startYaml(ground, yamlOf('budget: { tokens: 1000000 }')), await startYaml(ground, yamlOf())];
    const ends = Promise.all([
      untilView(connection, runs[0] as string, ({ held = [] }) => held.length > 0),
      untilEnd(connection, runs[1] as string),
    ]);
    let isOver = false;
    void ends.finally(() => (isOver = true)).catch(() => undefined);
    do {
      const [all] = (await describeSpending(config)).ceilings;
      const { spent, reserved } = all?.totals.day ?? assert.fail();
      assert.ok(spent.tokens + reserved.tokens <= 700, JSON.stringify(all));
    } while (!isOver);
    const [held, failed] = await ends;
    assert.deepEqual([held.held?.[0]?.error.code, failed.error?.code], ['CEILING_REACHED', 'CEILING_REACHED']);
    const used = [held, failed].map(({ usage }) => usage.inputTokens + usage.outputTokens);
    const spent = (used[0] ?? 0) + (used[1] ?? 0);
    assert.ok(spent <= 700 && spent > 300, `${spent} tokens`);
    // A higher ceiling, and the run that waits goes on.
    await worker.stop();
    const higher = loadConfig({ ...process.env, ...ground.environment, ORCHESTRATOR_CEILING_DAY_TOKENS: '1000000' });
    worker = await startTestWorker({ ...ground, config: higher });
    for (const { step } of held.held ?? []) await retryStep(connection, runs[0] as string, { step });
    await untilView(connection, runs[0] as string, (view) => doneIn(view) > doneIn(held));
  });
});

function doneIn({ steps }: RunView): number {
  return steps[0]?.progress?.done ?? 0;
}

function yamlOf(budget = ''): string {
  return `name: above
${budget}
models: { small: { use: ollama/${server('model')}, max_output_tokens: 4, accept: [length] } }
steps:
  each: { for_each: "\${{ range(30) }}", concurrency: 3, on_item_error: continue, on_error: continue, model: small, prompt: Say a }
`;
}
