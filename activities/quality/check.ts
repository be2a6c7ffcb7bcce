import type { z } from 'zod';
import type { Json } from '../../src/pipeline/json.ts';
import type { QuotedClaim } from '../../src/pipeline/result.ts';

/** What a check says; `score` is from 0 to 1, `reason` a sentence that a person, or a repairing model, can use. */
export interface CheckVerdict {
  readonly passed: boolean;
  readonly score: number;
  readonly reason: string;
  /** What was claimed and what was quoted for it, where the check is about evidence. */
  readonly quotes?: readonly QuotedClaim[];
}

export interface CheckContext {
  readonly signal: AbortSignal;
  /** The expression that the options are, when they are nothing else; for the reason of the verdict. */
  readonly expression?: string;
}

/** One check: one file, and one line in `checks.ts`. `options` is what stands behind its key in the pipeline. */
export interface Check<Options extends z.ZodType = z.ZodType> {
  readonly name: string;
  readonly description: string;
  readonly options: Options;
  /** True when expressions in its options may read `output`. */
  readonly readsOutput: boolean;
  /** Options as a pipeline writes them, for the reference docs. */
  readonly example: Json;
  /** Gives a verdict; throws only when it could not judge at all. */
  run(subject: Json, options: z.infer<Options>, context: CheckContext): Promise<CheckVerdict> | CheckVerdict;
}

/** Gives a check its types; nothing happens. */
export function defineCheck<Options extends z.ZodType>(check: Check<Options>): Check<Options> {
  return check;
}
