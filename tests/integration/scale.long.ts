import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { join } from 'node:path';
import { memoryOf } from '../performance/machine.ts';
import { openGround, outputsOf, startYaml, untilEnd, type TestGround } from '../runs.ts';
import { startWorkerProcess, type WorkerProcess } from '../worker-process.ts';

/** As many items and rounds as a run may have: no history grows long, and the worker needs no more for each run after the first. */
describe('a very long run', () => {
  let ground: TestGround;
  let worker: WorkerProcess;
  /** The most that the worker has needed, run by run, in MB. */
  const peaks: number[] = [];

  before(async () => {
    ground = await openGround();
    worker = await startWorkerProcess(ground.connection, ground.environment, join(ground.folder, 'worker.log'));
  });

  after(async () => {
    await worker.stop('SIGKILL');
    await ground.close();
  });

  /** The memory of the worker while something goes on, in MB, every second. */
  async function curveDuring<T>(act: Promise<T>): Promise<{ result: T; curve: readonly number[] }> {
    const curve: number[] = [];
    let isOver = false;
    const watching = (async () => {
      while (!isOver) {
        curve.push(Math.round(memoryOf(worker.pid) / 1e6));
        await delay(1000);
      }
    })();
    const result = await act.finally(() => (isOver = true));
    await watching;
    return { result, curve };
  }

  async function historyLengths(runId: string): Promise<readonly number[]> {
    const lengths: number[] = [];
    const query = `WorkflowId = '${runId}' OR WorkflowId STARTS_WITH '${runId}/'`;
    for await (const info of ground.connection.client.workflow.list({ query })) lengths.push(info.historyLength);
    return lengths;
  }

  const yaml = {
    items: `name: items
steps:
  each:
    for_each: "\${{ range(10000) }}"
    max: 10000
    concurrency: 50
    tool: text.template
    with: { template: "{{n}}", data: { n: "\${{ item }}" } }
outputs: { count: "\${{ size(steps.each.output) }}", last: "\${{ steps.each.output[9999] }}" }
`,
    rounds: `name: rounds
steps:
  loop:
    repeat: { max: 1000 }
    steps:
      n: { tool: text.template, with: { template: "{{n}}", data: { n: "\${{ coalesce(previous.n.output, '') == '' ? 1 : int(previous.n.output) + 1 }}" } } }
outputs: { n: "\${{ steps.loop.output.n }}", rounds: "\${{ steps.loop.rounds }}" }
`,
  };

  for (const { name, pipeline, outputs } of [
    { name: 'goes through 10,000 items', pipeline: yaml.items, outputs: { count: 10_000, last: '9999' } },
    { name: 'goes through 10,000 items again', pipeline: yaml.items, outputs: { count: 10_000, last: '9999' } },
    { name: 'goes through 1,000 rounds', pipeline: yaml.rounds, outputs: { n: '1000', rounds: 1000 } },
  ]) {
    it(name, async function run() {
      this.timeout(600_000);
      const startedAt = Date.now();
      const runId = await startYaml(ground, pipeline);
      const { result: view, curve } = await curveDuring(untilEnd(ground.connection, runId, 500_000));
      console.log(`${name}: ${(Date.now() - startedAt) / 1000} s, worker MB: ${curve.join(' ')}`);
      assert.deepEqual(await outputsOf(ground, view), outputs);
      const lengths = await historyLengths(runId);
      console.log(`histories: ${lengths.length}, the longest has ${Math.max(...lengths)} events`);
      assert.ok(Math.max(...lengths) < 10_000);
      // Within a run memory comes and goes as the engine sees fit; what stays behind would be on top in the next one.
      peaks.push(Math.max(...curve));
      const [first = 0, ...later] = peaks;
      assert.ok(
        later.every((peak) => peak < first * 1.15),
        `the worker needed ${peaks.join(', ')} MB`,
      );
    });
  }
});
