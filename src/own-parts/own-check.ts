import { z } from 'zod';
import { issuesText } from '../../activities/issues.ts';
import type { Check } from '../../activities/quality/check.ts';
import { PipelineError } from '../errors.ts';

const Verdict = z.object({ passed: z.boolean(), score: z.number().min(0).max(1), reason: z.string() });

/** A check of one's own may throw and give anything; what it could not judge is told as any other fault. */
export function ownCheck(check: Check): Check {
  const fail = (reason: string, cause?: unknown): PipelineError =>
    new PipelineError('TOOL_FAILED', `Cannot run check "${check.name}": ${reason}`, { cause });
  return {
    ...check,
    async run(subject, options, context) {
      const verdict = await attempt(() => check.run(subject, options, context), fail);
      const { data, error } = Verdict.safeParse(verdict);
      if (error !== undefined) throw fail(`what it gave is no verdict: ${issuesText(error.issues, Verdict)}`);
      return data;
    },
  };
}

async function attempt<T>(work: () => Promise<T> | T, fail: (reason: string, cause: unknown) => Error): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof PipelineError) throw error;
    throw fail(error instanceof Error ? error.message : String(error), error);
  }
}
