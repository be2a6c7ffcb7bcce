import { CancellationScope } from '@temporalio/workflow';
import type { StepError } from '../src/pipeline/result.ts';

/**
 * Runs lanes that take numbers from 0 on until they find no more work. The first failure that a lane gives stops the
 * others, and is given; what a lane throws is thrown when all have stopped.
 */
export async function runLanes(
  count: number,
  run: (lane: number, take: () => number) => Promise<StepError | undefined>,
): Promise<StepError | undefined> {
  const scope = new CancellationScope();
  let next = 0;
  let failure: StepError | undefined;
  const take = (): number => (failure === undefined ? next++ : Infinity);
  const lanes = Array.from({ length: count }, (_, lane) =>
    scope.run(async () => {
      const failed = await run(lane, take);
      if (failed === undefined || failure !== undefined) return;
      failure = failed;
      scope.cancel();
    }),
  );
  const ends = await Promise.allSettled(lanes);
  const thrown = ends.find((end) => end.status === 'rejected');
  if (failure === undefined && thrown !== undefined) throw thrown.reason;
  return failure;
}
