import type { Job } from '../engines/engine.ts';
import { observe, repeat, timeOf, type Measure } from './measure.ts';

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
    const run = async () => ms.push(await timeOf(async () => (await lane.client.start(work.job)).done()));
    const totalMs = await timeOf(() => repeat(repeats, work.concurrency, run));
    return { ms, runsPerSecond: [(repeats / totalMs) * 1000] };
  });
};
