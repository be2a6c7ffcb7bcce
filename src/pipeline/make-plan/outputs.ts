import type { StepPlan, Template } from '../plan.ts';
import { placeText, wrongValue } from '../problem.ts';
import { readsOf } from '../template.ts';
import { compileAt, type Draft, stepReads } from './draft.ts';
import { TOLERANT_FIELDS } from './step-names.ts';

/** Compiles what a run gives back, and warns of what may be null because a step may not be done. */
export function planOutputs(draft: Draft, steps: readonly StepPlan[]): Readonly<Record<string, Template>> {
  const outputs = Object.entries(draft.spec.outputs ?? {}).map(([name, value]) => {
    return [name, compileAt(draft, { path: ['outputs', name], value }).template] as const;
  });
  const reasons = reasonsNotDone(steps);
  for (const [name, template] of outputs) {
    const read = stepReads(readsOf(template)).filter(({ field }) => !TOLERANT_FIELDS.has(field));
    const doubtful = read.find(({ id }) => reasons.has(id));
    if (doubtful !== undefined) warn(draft, ['outputs', name], `step "${doubtful.id}" ${reasons.get(doubtful.id)}`);
  }
  return Object.fromEntries(outputs);
}

function warn({ warnings }: Draft, path: readonly string[], because: string): void {
  const message = `Cannot promise ${placeText(path)}: ${because}, and then it has no value`;
  warnings.push({ ...wrongValue('OUTPUT_MAY_BE_NULL', path, message), severity: 'warning' });
}

/** Why a step may not be done although its run is; `steps` are in order. */
function reasonsNotDone(steps: readonly StepPlan[]): ReadonlyMap<string, string> {
  const reasons = new Map<string, string>();
  for (const { id, condition, otherwise, onError, dependsOn, tolerates } of steps) {
    const owner = dependsOn.find((name) => reasons.has(name) && !tolerates.includes(name));
    if (condition !== undefined && otherwise === undefined) reasons.set(id, 'may be skipped');
    else if (onError.kind === 'continue') reasons.set(id, 'may fail');
    else if (owner !== undefined) reasons.set(id, `is skipped when step "${owner}" is not done`);
  }
  return reasons;
}
