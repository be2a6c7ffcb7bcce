import { ANSWER, COMPLAINT_CHARACTERS_MAX, repairQuestion, triesOf, withModel } from '../ladder.ts';
import type { ModelStepPlan } from '../plan.ts';
import type { SizeOf } from './code-bytes.ts';
import { estimateModel, TOKEN_BYTES, type ModelEstimate } from './model-estimate.ts';
import { withNames } from './sizes.ts';

/** A rung that asks a model: `repair-1`, `model-1`. */
export interface RungEstimate extends ModelEstimate {
  readonly name: string;
}

/** What the rungs of a step's gate ladder may use at most, all of them climbed. No output is longer than `answer`. */
export function estimateRungs(step: ModelStepPlan, sizeOf: SizeOf, answer: number): readonly RungEstimate[] {
  const counts = { repair: 0, model: 0 };
  let author = step;
  return triesOf(step.onCheckFail ?? []).flatMap((rung) => {
    if (rung.kind !== 'repair' && rung.kind !== 'model') return [];
    counts[rung.kind] += 1;
    if (rung.kind === 'model') author = withModel(step, rung);
    const asked = rung.kind === 'model' ? author : repairQuestion(author, { complaint: LONGEST, isEmpty: false });
    const text = Math.min(answer, author.maxOutputTokens * TOKEN_BYTES);
    const bytes = step.tools === undefined ? text : talkBytes(author);
    return [
      { name: `${rung.kind}-${counts[rung.kind]}`, ...estimateModel(asked, withNames(sizeOf, { [ANSWER]: bytes })) },
    ];
  });
}

/** A character takes three bytes at the most. */
const LONGEST = '…'.repeat(COMPLAINT_CHARACTERS_MAX);

/** A conversation goes on where it was; what tools gave in it is known to nobody. */
function talkBytes({ maxTurns = 1, maxOutputTokens }: ModelStepPlan): number {
  return maxTurns * maxOutputTokens * TOKEN_BYTES;
}
