import type { Plan, StepPlan } from '../plan.ts';

/** Steps inside a step. `name` stands in paths between the two, where something does. */
export interface InnerBlock {
  readonly name: 'on_error' | 'compensate' | undefined;
  readonly steps: readonly StepPlan[];
}

/** Every block right inside a step. */
export function innerBlocks(step: StepPlan): readonly InnerBlock[] {
  const { onError, compensate } = step;
  return [
    { name: undefined, steps: ownSteps(step) },
    ...(onError.kind === 'steps' ? [{ name: 'on_error', steps: onError.body.steps } as const] : []),
    ...(compensate === undefined ? [] : [{ name: 'compensate', steps: compensate.steps } as const]),
  ];
}

function ownSteps(step: StepPlan): readonly StepPlan[] {
  switch (step.kind) {
    case 'steps':
      return step.body.steps;
    case 'switch':
      return [...step.cases, ...(step.otherCase === undefined ? [] : [step.otherCase])];
    case 'pipeline':
      return step.plan.steps;
    default:
      return [];
  }
}

/** Every step of a plan, inner ones too, by its path in the plan: `refine/review`, `publish/on_error/notify`. */
export function stepsByPath({ steps }: Pick<Plan, 'steps'>): ReadonlyMap<string, StepPlan> {
  return new Map(steps.flatMap((step) => below('', step)));
}

function below(prefix: string, step: StepPlan): readonly (readonly [string, StepPlan])[] {
  const path = `${prefix}${step.id}`;
  const inner = innerBlocks(step).flatMap(({ name, steps }) => {
    const start = name === undefined ? `${path}/` : `${path}/${name}/`;
    return steps.flatMap((each) => below(start, each));
  });
  return [[path, step], ...inner];
}
