import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { billOf } from '../../src/bill.ts';
import { forkRun } from '../../src/fork.ts';
import type { Bill } from '../../src/pipeline/bill.ts';
import type { RunView } from '../../src/pipeline/view.ts';
import { cancelRun } from '../../src/runs.ts';
import { sendEvent } from '../../src/steering.ts';
import { endStrays, eventsOf, runCli } from '../orchestrator/api/cli-process.ts';
import { openGround, planOf, startYaml, untilEnd, untilView, type TestGround } from '../runs.ts';
import { server } from '../servers.ts';
import { startTestWorker } from '../worker.ts';
import { entriesOf } from './journal-kills.ts';

describe('the bill of a run', () => {
  let ground: TestGround;
  let worker: { stop(): Promise<void> };

  before(async () => {
    ground = await openGround();
    worker = await startTestWorker(ground);
  });

  after(async () => {
    endStrays();
    await worker.stop();
    await ground.close();
  });

  const model = `ollama/${server('model')}`;
  const yaml = `name: billed
models: { small: { use: ${model}, max_output_tokens: 4, accept: [length] }, short: { use: ${model}, max_output_tokens: 1 } }
steps:
  ask: { model: small, prompt: Say a }
  each: { for_each: [1, 2, 3], model: small, prompt: "Say \${{ item }}" }
  cut: { model: short, prompt: Say b, output: { type: object }, retry: { attempts: 2, backoff: 10ms }, on_error: continue }
  part: { pipeline: { name: inner, models: { small: { use: ${model}, max_output_tokens: 4, accept: [length] } }, steps: { inner: { model: small, prompt: Say c } } } }
  rest: { needs: [ask, each, part], join: settled, wait: { event: go } }
`;

  function holdsTogether({ lines, total }: Bill, { usage, costNanoUsd }: RunView): void {
    const { inputTokens, outputTokens } = usage;
    assert.deepEqual([total.usage.inputTokens, total.usage.outputTokens], [inputTokens, outputTokens]);
    assert.equal(total.costNanoUsd, costNanoUsd);
    assert.ok(lines.every((line) => line.model === model && line.reason !== 'race'));
  }

  const EXPECTED = [
    'ask answer',
    'cut answer',
    'cut answer',
    'each[0] answer',
    'each[1] answer',
    'each[2] answer',
    'part/inner answer',
  ];

  it('has everything that was bought, while the run goes on and afterwards, in parts, items and failures too', async () => {
    const { connection } = ground;
    const runId = await startYaml(ground, yaml);
    const waiting = await untilView(connection, runId, (view) => view.status === 'waiting');
    const open = await billOf(connection, runId);
    assert.deepEqual(stepsOf(open), EXPECTED);
    holdsTogether(open, waiting);
    await sendEvent(connection, runId, { name: 'go', payload: null });
    const view = await untilEnd(connection, runId);
    const bill = await billOf(connection, runId);
    assert.deepEqual(stepsOf(bill), EXPECTED);
    holdsTogether(bill, view);
    const { byStep, estimate } = bill;
    const each = byStep.find(({ step }) => step === 'each');
    assert.equal(each?.calls, 3);
    for (const { step, usage, worst } of byStep) {
      assert.ok(usage.inputTokens + usage.outputTokens <= (worst?.tokens ?? 0), step);
    }
    assert.ok((estimate?.worst.tokens ?? 0) > bill.total.usage.inputTokens);

    const shown = await runCli(['runs', 'bill', runId], ground.environment);
    assert.match(shown.stdout, /^each\[1\] +1 +.* answer$/mu);
    const [report] = eventsOf(await runCli(['runs', 'bill', runId, '--json'], ground.environment));
    assert.equal((report?.['calls'] as unknown[] | undefined)?.length, EXPECTED.length);
    const csv = await runCli(['runs', 'bill', runId, '--csv'], ground.environment);
    assert.equal(csv.stdout.split('\r\n').length, EXPECTED.length + 2);
    const both = await runCli(['runs', 'bill', runId, '--csv', '--json'], ground.environment);
    assert.equal(both.code, 2);

    const fork = await forkRun(connection, { runId, plan: planOf(yaml, ground.config) });
    await sendEvent(connection, fork.runId, { name: 'go', payload: null });
    await untilEnd(connection, fork.runId);
    const reused = await billOf(connection, fork.runId);
    assert.deepEqual(
      stepsOf(reused).filter((line) => line.endsWith('reused')),
      ['ask', 'each[0]', 'each[1]', 'each[2]', 'part/inner'].map((step) => `${step} reused`),
    );
    assert.equal(reused.total.calls, 2);
  });

  it('has what was bought before a run was cancelled', async () => {
    const { connection } = ground;
    const long = `name: cancelled
steps:
  each: { for_each: "\${{ range(6) }}", concurrency: 3, model: ${model}, prompt: Write a long story }
`;
    const runId = await startYaml(ground, long);
    while ((await entriesOf(connection, runId)).length === 0) await delay(25);
    await delay(300);
    await cancelRun(connection, runId);
    const view = await untilEnd(connection, runId);
    const { lines } = await billOf(connection, runId);
    assert.equal(view.status, 'cancelled');
    assert.ok(
      lines.length > 0 && lines.every(({ reason, usage }) => reason === 'failure' && usage === undefined),
      JSON.stringify(lines),
    );
  });

  it('is not to be had of a run that nobody knows', () =>
    assert.rejects(billOf(ground.connection, 'no-such-run'), { code: 'RUN_UNKNOWN' }));
});

function stepsOf({ lines }: Bill): readonly string[] {
  return lines.map(({ step, reason, code }) => [step, reason, code].filter(Boolean).join(' ')).toSorted();
}
