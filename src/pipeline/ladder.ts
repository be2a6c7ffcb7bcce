import type { OtherModelPlan, RungPlan } from './ladder-plan.ts';
import type { ModelStepPlan, StepPlan, Template } from './plan.ts';
import type { Verdict } from './result.ts';

/** How the rungs of a gate ladder are asked. */

/** One try of a rung: `repair: 2` makes two of them. */
export type RungTry = Exclude<RungPlan, { readonly kind: 'repair' }> | { readonly kind: 'repair' };

export function triesOf(ladder: readonly RungPlan[]): readonly RungTry[] {
  return ladder.flatMap((rung): readonly RungTry[] => {
    if (rung.kind !== 'repair') return [rung];
    return Array.from({ length: rung.times }, () => ({ kind: 'repair' }));
  });
}

/** The other models that a step may ask in place of its own. */
export function otherModels({ onCheckFail = [] }: Pick<StepPlan, 'onCheckFail'>): readonly OtherModelPlan[] {
  return onCheckFail.filter((rung) => rung.kind === 'model');
}

/** The step as it is when another model does its work. */
export function withModel(step: ModelStepPlan, other: OtherModelPlan): ModelStepPlan {
  const { kind: _, ...settings } = other;
  const { candidates: __, choice: ___, system: ____, temperature: _____, accept: ______, ...asked } = step;
  return { ...asked, ...settings };
}

/** Where a rung reads what the step has given. No expression of a pipeline can be written so. */
export const ANSWER = '@answer';

export const ANSWER_TEMPLATE: Template = {
  kind: 'expression',
  expression: { source: ANSWER, code: ['read', ANSWER], reads: [ANSWER], needsHost: false },
};

/** The question of a step again, with the answer to it and what is wrong with that. */
export function repairQuestion(
  step: ModelStepPlan,
  { complaint, isEmpty }: { readonly complaint: string; readonly isEmpty: boolean },
): ModelStepPlan {
  const { prompt, messages = [], ...rest } = step;
  const asked = prompt === undefined ? messages : [{ role: 'user', text: prompt } as const];
  // Vendors refuse a turn without words.
  const answer = isEmpty ? [] : [{ role: 'assistant', text: ANSWER_TEMPLATE } as const];
  return { ...rest, messages: [...asked, ...answer, { role: 'user', text: { kind: 'literal', value: complaint } }] };
}

/** A complaint is no longer than this. */
export const COMPLAINT_CHARACTERS_MAX = 2000;
const REASON_CHARACTERS_MAX = 500;

/** What a model is told whose answer does not pass its checks. */
export function complaintOf(missed: readonly Verdict[]): string {
  const lines = missed.map(({ check, reason }) => `- ${check}: ${cut(reason, REASON_CHARACTERS_MAX)}`);
  const why = cut(lines.join('\n'), COMPLAINT_CHARACTERS_MAX - BEFORE.length - AFTER.length - 2);
  return `${BEFORE}\n${why}\n${AFTER}`;
}

const BEFORE = 'Your answer does not pass these checks:';
const AFTER = 'Answer again, so that it passes them all. Give the whole answer, and nothing else.';

export function cut(text: string, characters: number): string {
  return text.length <= characters ? text : `${text.slice(0, characters - 1)}…`;
}
