import type { StepView } from '../../pipeline/view.ts';

/** A step as one line shows it. */
export interface StepLine {
  readonly step: StepView;
  /** Names the step in the whole run. */
  readonly path: string;
  /** In so many other steps. */
  readonly depth: number;
}

/** Steps with those inside them, each after the one that holds it. */
export function stepLines(steps: readonly StepView[], depth = 0): readonly StepLine[] {
  return steps.flatMap((step) => [
    { step, path: step.path ?? step.id, depth },
    ...stepLines(step.steps ?? [], depth + 1),
  ]);
}

/** How far a step is that does its work many times. */
export function progressText(step: StepView): string {
  const round = step.round === undefined ? [] : [`round ${step.round}`];
  const items = itemsOf(step);
  if (items === undefined) return round.join('');
  const failed = items.failed === 0 ? [] : [`${items.failed} failed`];
  return [`${items.ended}/${items.total}`, ...failed, ...round].join(', ');
}

function itemsOf(step: StepView): { ended: number; total: number; failed: number } | undefined {
  if (step.status === 'done' && step.counts !== undefined) return { ...step.counts, ended: step.counts.total };
  const { progress } = step;
  return progress === undefined ? undefined : { ...progress, ended: progress.done + progress.failed };
}
