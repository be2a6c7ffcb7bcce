import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { join } from 'node:path';
import { memoryOf } from '../performance/machine.ts';
import { openGround, outputsOf, startYaml, untilEnd, type TestGround } from '../runs.ts';
import { startWorkerProcess, type WorkerProcess } from '../worker-process.ts';

/** As many items and rounds as a run may have: no history grows long, and the worker does not grow with the run. */
describe('a very long run', () => {
  let ground: TestGround;
  let worker: WorkerProcess;

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
      // It has loaded and bundled everything in its first quarter.
      const [early, late] = [quarter(curve, 1), quarter(curve, 3)];
      assert.ok(late < early * 1.15, `the worker grew from ${early} to ${late} MB`);
    });
  }
});

/** The median of a quarter of the curve, the first one being 0. */
function quarter(curve: readonly number[], which: number): number {
  const part = curve.slice((curve.length * which) / 4, (curve.length * (which + 1)) / 4).toSorted((a, b) => a - b);
  return part[Math.floor(part.length / 2)] ?? 0;
}
