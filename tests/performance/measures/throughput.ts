import type { Job } from '../engines/engine.ts';
import { observe, timeOf, type Measure } from './measure.ts';

/** Many runs, some at a time. */
export interface ThroughputWork {
  readonly kind: 'throughput';
  readonly job: Job;
  readonly concurrency: number;
}

export const measureThroughput: Measure<ThroughputWork> = async (ground, id, { work, repeats }) => {
  const lane = await ground.lane(id);
  return observe(lane, async () => {
    const ms: number[] = [];
    let left = repeats;
    const lineOfRuns = async () => {
      while (left > 0) {
        left -= 1;
        ms.push(await timeOf(async () => (await lane.client.start(work.job)).done()));
      }
    };
    const totalMs = await timeOf(() => Promise.all(Array.from({ length: work.concurrency }, lineOfRuns)));
    return { ms, runsPerSecond: [(repeats / totalMs) * 1000] };
  });
};
