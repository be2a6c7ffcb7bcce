import type { StepPlan } from './plan.ts';
import type { WaitPlan } from './waiting-plan.ts';

export type EventWait = Extract<WaitPlan, { kind: 'event' }>;

/** Steps whose call is all there is to them; the others hold steps or calls, or wait. */
export function isLeaf(step: StepPlan): boolean {
  return isCall(step) && !(step.kind === 'model' && step.tools !== undefined);
}

function isCall({ kind }: StepPlan): boolean {
  return kind === 'model' || kind === 'tool' || kind === 'check' || kind === 'set' || kind === 'fail';
}

/** Steps that keep a record of their own: a call, or the answer to a wait. */
export function isRecorded(step: StepPlan): boolean {
  return isCall(step) || step.kind === 'approve' || step.kind === 'wait';
}

/** The names of the events that a step may wait for, anywhere inside it, other pipelines included. */
export function eventsOfStep(step: StepPlan): ReadonlySet<string> {
  return new Set(waitsForEvents(step).map(({ event }) => event));
}

/** The steps directly inside a step: of its group, its cases, its handler, its compensation; those of another pipeline too. */
export function innerSteps(step: StepPlan): readonly StepPlan[] {
  return [
    ...(step.kind === 'steps' ? step.body.steps : []),
    ...(step.kind === 'switch' ? [...step.cases, ...(step.otherCase === undefined ? [] : [step.otherCase])] : []),
    ...(step.kind === 'pipeline' ? step.plan.steps : []),
    ...(step.onError.kind === 'steps' ? step.onError.body.steps : []),
    ...(step.compensate?.steps ?? []),
  ];
}

/** Every wait for an event in a step and inside it. */
export function waitsForEvents(step: StepPlan): readonly EventWait[] {
  const own = step.kind === 'wait' && step.wait.kind === 'event' ? [step.wait] : [];
  return [...own, ...innerSteps(step).flatMap(waitsForEvents)];
}
