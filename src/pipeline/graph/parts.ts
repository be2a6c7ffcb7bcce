import type { StepPlan } from '../plan.ts';

/** Steps inside a step. */
export interface Part {
  /** What they are to it; absent for what it does by itself. */
  readonly role?: 'on error' | 'undone by';
  readonly steps: readonly NamedStep[];
}

export interface NamedStep {
  readonly name: string;
  readonly step: StepPlan;
}

/** The steps right inside a step, those of another pipeline too. */
export function partsOf(step: StepPlan): readonly Part[] {
  return [
    ...ownParts(step),
    ...(step.onError.kind === 'steps' ? [{ role: 'on error', steps: named(step.onError.body.steps) } as const] : []),
    ...(step.compensate === undefined ? [] : [{ role: 'undone by', steps: named(step.compensate.steps) } as const]),
  ];
}

function ownParts(step: StepPlan): readonly Part[] {
  switch (step.kind) {
    case 'steps':
      return [{ steps: named(step.body.steps) }];
    case 'pipeline':
      return [{ steps: named(step.plan.steps) }];
    case 'switch':
      return [{ steps: [...step.cases.map(caseOf), ...named(step.otherCase === undefined ? [] : [step.otherCase])] }];
    default:
      return [];
  }
}

export function named(steps: readonly StepPlan[]): readonly NamedStep[] {
  return steps.map((step) => ({ name: step.id, step }));
}

function caseOf(step: StepPlan): NamedStep {
  return { name: `case ${step.id}`, step };
}

/** How many steps there are, those inside others counted. */
export function countOf(steps: readonly StepPlan[]): number {
  const inside = steps.flatMap((step) => partsOf(step).map((part) => countOf(part.steps.map((each) => each.step))));
  return inside.reduce((sum, count) => sum + count, steps.length);
}
