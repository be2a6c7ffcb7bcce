import { codeOf, type CodeName } from '../built.ts';
import { longestHistory } from '../histories.ts';
import { peakMemoryOf } from '../machine.ts';
import { closeLane } from './lane.ts';
import { observe, timeOf, type Measure } from './measure.ts';

/** Runs that make one call for each item of a list, in a worker that has done little else before. */
export interface ItemsWork {
  readonly kind: 'items';
  readonly code: CodeName;
  readonly items: number;
  /** Items at a time. */
  readonly concurrency: number;
  /** Items of a run before, after which the worker is warm. */
  readonly leadInItems: number;
}

export const measureItems: Measure<ItemsWork> = async (ground, id, { work, repeats }) => {
  const { items, concurrency, leadInItems } = work;
  const lane = await ground.openLane(id, { code: await codeOf(ground, work.code) });
  const { client, worker } = lane;
  const run = async (count: number): Promise<string> => {
    const { runId, done } = await client.start({ kind: 'items', items: count, concurrency });
    await done();
    return runId;
  };
  try {
    await run(leadInItems);
    const runIds: string[] = [];
    const measured = await observe(lane, async () => {
      const ms: number[] = [];
      for (let turn = 0; turn < repeats; turn += 1) {
        ms.push((await timeOf(async () => runIds.push(await run(items)))) / items);
      }
      return { ms, peakMB: [peakMemoryOf(worker.pid) / 1e6] };
    });
    const events = await Promise.all(runIds.map((runId) => longestHistory(client.temporal, runId)));
    return { ...measured, samples: { ...measured.samples, events } };
  } finally {
    await closeLane(lane);
  }
};
