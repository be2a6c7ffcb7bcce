import { PipelineError } from '../errors.ts';
import { timed, type Note, type Progress } from './progress.ts';

/** One way to get something. */
export interface Attempt<T> {
  readonly title: string;
  readonly make: (note: Note) => Promise<T>;
}

/** Makes the attempts in order until one works. Throws `SETUP_FAILED`: the problem, and why each attempt failed. */
export async function firstThatWorks<T>(
  attempts: readonly Attempt<T>[],
  problem: string,
  progress: Progress,
): Promise<T> {
  const reasons: string[] = [];
  for (const { title, make } of attempts) {
    try {
      return await timed(progress, { title }, make);
    } catch (error) {
      // Whatever stopped this attempt, the next one may work; when none does, every reason is told.
      const reason = (error as Error).message;
      progress(`  ${reason}`);
      reasons.push(`\n  - ${title}: ${reason}`);
    }
  }
  throw new PipelineError('SETUP_FAILED', `${problem}${reasons.join('')}`);
}
