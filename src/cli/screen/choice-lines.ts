import { questionsOf } from '../../pipeline/check-calls.ts';
import type { Plan, StepPlan } from '../../pipeline/plan.ts';
import { innerSteps } from '../../pipeline/plan-steps.ts';
import { printableLine } from './printable.ts';
import type { Lines } from './terminal.ts';

/** Why the models of a plan were chosen, where the pipeline does not name them; each reason once. */
export function choiceLines({ steps }: Plan): Lines {
  const questions = withInner(steps).flatMap(questionsOf);
  const reasons = new Set(questions.flatMap(({ choice = [] }) => choice));
  return reasons.size === 0
    ? []
    : ['', 'Models that were chosen:', ...[...reasons].map((each) => `  ${printableLine(each)}`)];
}

function withInner(steps: readonly StepPlan[]): readonly StepPlan[] {
  return steps.flatMap((step) => [step, ...withInner(innerSteps(step))]);
}
