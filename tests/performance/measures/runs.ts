import type { Job } from '../engines/engine.ts';
import type { EngineClient } from '../engines/engine.ts';
import { observe, timeOf, type Measure } from './measure.ts';

/** Runs of a job, one after the other; what counts is the time from the start to the known result. */
export interface RunsWork {
  readonly kind: 'runs';
  readonly job: Job;
  /** A sample is the time of a run divided by this. */
  readonly per: number;
  /** Steps run directly before, so that no allowance that gathered in idle time flatters a throttled server. */
  readonly leadInSteps: number;
}

export const measureRuns: Measure<RunsWork> = async (ground, id, { work, repeats }) => {
  const lane = await ground.lane(id);
  if (work.leadInSteps > 0) await run(lane.client, { kind: 'sequence', steps: work.leadInSteps });
  return observe(lane, async () => {
    const ms: number[] = [];
    for (let turn = 0; turn < repeats; turn += 1) {
      ms.push((await timeOf(() => run(lane.client, work.job))) / work.per);
    }
    return { ms };
  });
};

async function run(client: EngineClient, job: Job): Promise<void> {
  const started = await client.start(job);
  await started.done();
}
