import { modelTemplates } from '../model-templates.ts';
import type { StepPlan, Template } from '../plan.ts';
import { readsOf } from '../template.ts';

/** The root paths that are read for the call of a step itself; those of steps inside it are left to them. */
export function callReads(step: StepPlan): readonly string[] {
  switch (step.kind) {
    case 'model':
      return readsOfAll(...modelTemplates(step));
    case 'tool':
      return readsOf(step.with);
    case 'check':
    case 'set':
      return readsOf(step.value);
    case 'switch':
      return readsOf(step.on);
    case 'approve':
      return readsOfAll(step.message, step.to, step.edit);
    case 'wait':
      return step.wait.kind === 'time' ? readsOf(step.wait.at) : (step.wait.match?.reads ?? []);
    case 'fail':
      return readsOf(step.reason);
    case 'steps':
    case 'pipeline':
      return [];
  }
}

/** What decides whether and how often the call is made, and what stands in for what it gives. */
export function outerReads({ condition, otherwise, forEach, repeat, onError }: StepPlan): readonly string[] {
  const expressions = [condition, forEach?.key, repeat?.until].flatMap((each) => each?.reads ?? []);
  return [
    ...expressions,
    ...readsOfAll(otherwise, forEach?.over, onError.kind === 'value' ? onError.value : undefined),
  ];
}

function readsOfAll(...templates: readonly (Template | undefined)[]): readonly string[] {
  return templates.flatMap((template) => (template === undefined ? [] : readsOf(template)));
}

/** `steps.draft.output` reads `steps.draft`; the item of a loop is its own name. */
export function nameRead(path: string): string {
  return path.split('.').slice(0, 2).join('.');
}
