import type { CheckPlan } from './check-plan.ts';
import type { ModelStepPlan, QuestionPlan, StepPlan, Template } from './plan.ts';
import { askedTemplates } from './model-templates.ts';

/** What the calls of checks read besides `output`. No pipeline can give anything such a name. */
export const MARK = '_mark';
export const SOURCES = '_sources';
export const CLAIMS = '_claims';

/** Everything that is filled in for a check. */
export function checkTemplates({ options, by }: CheckPlan): readonly Template[] {
  switch (by?.kind) {
    case undefined:
      return [options];
    case 'judge':
      return [options, ...askedTemplates(by.asks)];
    case 'quotes':
      return [options, ...askedTemplates(by.asks), by.sources];
    case 'tool':
      return [options, by.with];
  }
}

/** What the models of a check are asked, and how often. */
export function checkQuestion({ by }: CheckPlan): { readonly asks: QuestionPlan; readonly times: number } | undefined {
  if (by === undefined || by.kind === 'tool') return undefined;
  return { asks: by.asks, times: by.kind === 'judge' ? by.votes : 1 };
}

/** What a step itself asks models: its own question, and those of its checks. */
export function questionsOf(step: StepPlan): readonly (ModelStepPlan | QuestionPlan)[] {
  const judges = step.checks.flatMap((check) => checkQuestion(check)?.asks ?? []);
  return step.kind === 'model' ? [step, ...judges] : judges;
}
