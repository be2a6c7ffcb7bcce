import { MARK, SOURCES, checkQuestion } from '../check-calls.ts';
import type { CheckPlan } from '../check-plan.ts';
import type { StepPlan } from '../plan.ts';
import { type Bytes, SMALL_BYTES } from './bytes.ts';
import type { SizeOf } from './code-bytes.ts';
import { estimateModel, type ModelEstimate } from './model-estimate.ts';
import { withNames } from './sizes.ts';
import { templateBytes } from './template-bytes.ts';

/** A check that asks models: `check-0`. */
export interface CheckEstimate extends ModelEstimate {
  readonly name: string;
  /** How often it asks when it judges once. */
  readonly votes: number;
}

/** What the checks of a step may use at most when they judge once; `output` is the size of what they judge. */
export function estimateChecks(
  { checks }: Pick<StepPlan, 'checks'>,
  around: SizeOf,
  output: Bytes,
): readonly CheckEstimate[] {
  return checks.flatMap((check, index) => {
    const question = checkQuestion(check);
    if (question === undefined) return [];
    const sizeOf = withNames(around, { output, [MARK]: SMALL_BYTES, [SOURCES]: sourceBytes(check, around) });
    return [{ name: `check-${index}`, votes: question.times, ...estimateModel(question.asks, sizeOf) }];
  });
}

function sourceBytes({ by }: CheckPlan, around: SizeOf): Bytes {
  return by?.kind === 'quotes' ? templateBytes(by.sources, around) : 0;
}
