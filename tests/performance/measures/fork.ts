import { callsSince } from '../histories.ts';
import { observe, timeOf, type Measure } from './measure.ts';

/** A finished run once more: its steps are taken over, and no call is made. */
export interface ForkWork {
  readonly kind: 'fork';
  readonly steps: number;
}

export const measureFork: Measure<ForkWork> = async (ground, id, { work, repeats }) => {
  const lane = await ground.lane(id);
  const { client } = lane;
  const first = await client.start({ kind: 'sequence', steps: work.steps });
  await first.done();
  return observe(lane, async () => {
    const ms: number[] = [];
    const calls: number[] = [];
    for (let turn = 0; turn < repeats; turn += 1) {
      const since = Date.now();
      let runId = '';
      const tookMs = await timeOf(async () => {
        const again = await client.again(first.runId);
        runId = again.runId;
        await again.done();
      });
      ms.push(tookMs);
      calls.push(await callsSince(client.temporal, runId, since));
    }
    return { ms, msPerStep: ms.map((each) => each / work.steps), calls };
  });
};
