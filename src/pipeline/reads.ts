import type { RungPlan } from './ladder-plan.ts';
import { checkTemplates } from './check-calls.ts';
import { modelTemplates } from './model-templates.ts';
import type { BlockPlan, Expression, StepPlan, Template } from './plan.ts';
import { readsOf } from './template.ts';
import type { WaitPlan } from './waiting-plan.ts';

/** Every root path that a step reads, anywhere inside it, each once; those of its own inner steps among them. */
export function readsOfStep(step: StepPlan): readonly string[] {
  return [...new Set([...ownReads(step), ...kindReads(step)])];
}

/** Every root path that the steps and the outputs of a block read. */
export function readsOfBlock({ steps, outputs }: BlockPlan): readonly string[] {
  return [...new Set([...steps.flatMap(readsOfStep), ...readsOf(outputs)])];
}

function ownReads(step: StepPlan): readonly string[] {
  const { condition, otherwise, forEach, repeat, onCheckFail = [], onError, compensate, saveTo } = step;
  return [
    ...of(condition),
    ...from(otherwise, forEach?.over, saveTo?.path, saveTo?.value),
    ...of(forEach?.key),
    ...of(repeat?.until),
    ...from(...step.checks.flatMap(checkTemplates)),
    ...onCheckFail.flatMap(rungReads),
    ...(onError.kind === 'value' ? readsOf(onError.value) : []),
    ...(onError.kind === 'steps' ? readsOfBlock(onError.body) : []),
    ...(compensate === undefined ? [] : readsOfBlock(compensate)),
  ];
}

function rungReads(rung: RungPlan): readonly string[] {
  if (rung.kind !== 'ask') return [];
  return from(rung.message, rung.to, rung.escalate?.to, rung.notify?.with);
}

function kindReads(step: StepPlan): readonly string[] {
  switch (step.kind) {
    case 'model':
      return modelTemplates(step).flatMap(readsOf);
    case 'tool':
      return readsOf(step.with);
    case 'check':
    case 'set':
      return readsOf(step.value);
    case 'steps':
      return readsOfBlock(step.body);
    case 'switch':
      return [
        ...readsOf(step.on),
        ...[...step.cases, ...(step.otherCase === undefined ? [] : [step.otherCase])].flatMap(readsOfStep),
      ];
    case 'pipeline':
      return from(...Object.values(step.with));
    case 'approve':
      return from(step.message, step.to, step.edit, step.escalate?.to, step.notify?.with);
    case 'wait':
      return waitReads(step.wait);
    case 'fail':
      return readsOf(step.reason);
  }
}

function waitReads(wait: WaitPlan): readonly string[] {
  if (wait.kind === 'time') return readsOf(wait.at);
  return [...of(wait.match), ...(wait.onTimeout.kind === 'value' ? readsOf(wait.onTimeout.value) : [])];
}

function from(...templates: readonly (Template | undefined)[]): readonly string[] {
  return templates.flatMap((template) => (template === undefined ? [] : readsOf(template)));
}

function of(expression: Expression | undefined): readonly string[] {
  return expression?.reads ?? [];
}
