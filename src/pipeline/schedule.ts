import type { StepPlan } from './plan.ts';
import type { StepResult } from './result.ts';

/** What to do next about a step that has not started. */
export type Decision =
  | { readonly kind: 'start'; readonly step: StepPlan }
  | { readonly kind: 'skip'; readonly step: StepPlan; readonly because: string };

export interface Progress {
  /** The steps that have ended. */
  readonly results: ReadonlyMap<string, StepResult>;
  /** The steps that have started and not ended. */
  readonly running: ReadonlySet<string>;
}

/**
 * The steps whose last dependency has settled, in plan order. A step is skipped when one that it needs is
 * not done; one that it only asks for its status or error may have ended in any way.
 */
export function decideNext(steps: readonly StepPlan[], progress: Progress): readonly Decision[] {
  return steps
    .filter((step) => !progress.results.has(step.id) && !progress.running.has(step.id))
    .filter((step) => step.dependsOn.every((id) => progress.results.has(id)))
    .map((step) => decide(step, progress));
}

function decide(step: StepPlan, { results }: Progress): Decision {
  const missing = step.dependsOn.find((id) => results.get(id)?.status !== 'done' && !step.tolerates.includes(id));
  if (missing === undefined) return { kind: 'start', step };
  return { kind: 'skip', step, because: `step "${missing}" was ${results.get(missing)?.status}` };
}
