import type { z } from 'zod';
import type { Json, JsonSchema } from '../../json.ts';
import type { CheckPlan } from '../../check-plan.ts';
import type { ModelStepPlan, RetryPlan } from '../../plan.ts';
import type { Path } from '../../problem.ts';
import type { Draft } from '../draft.ts';

/** What a check is about: the step that gives what is judged. */
export interface Subject {
  /** The schema of what is judged. */
  readonly output: JsonSchema;
  /** The models of the step, where it has some. */
  readonly models?: Pick<ModelStepPlan, 'candidates' | 'choice' | 'maxOutputTokens' | 'temperature'>;
  /** How often a call of the check is tried. */
  readonly retry: RetryPlan;
  /** Of one attempt of such a call, where the step says it. */
  readonly timeoutMs?: number;
}

/** A check that calls models or a tool before there is a verdict: one file, and one line in `calling-checks.ts`. */
export interface CallingCheck<Options extends z.ZodType = z.ZodType> {
  readonly name: string;
  readonly description: string;
  readonly options: Options;
  /** Options as a pipeline writes them, for the reference docs. */
  readonly example: Json;
  /** `path` is that of the options, which fit their schema. */
  plan(draft: Draft, path: Path, written: { readonly options: z.infer<Options>; readonly subject: Subject }): CheckPlan;
}

/** Gives a check its types; nothing happens. */
export function callingCheck<Options extends z.ZodType>(check: CallingCheck<Options>): CallingCheck<Options> {
  return check;
}
