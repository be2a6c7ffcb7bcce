import type { BlockPlan, Plan, StepPlan } from '../plan.ts';
import { readsOf } from '../template.ts';
import { callReads, nameRead, outerReads } from './call-reads.ts';
import type { PlanComparison } from './compare-plans.ts';

/** What is new in a fork before it runs. */
export interface News {
  readonly comparison: PlanComparison;
  /** Names of inputs and variables with another value: `inputs.ticket`. */
  readonly names: ReadonlySet<string>;
  /** Paths in the plan of steps that run again in any case. */
  readonly again: ReadonlySet<string>;
}

/**
 * The paths in the plan of the calls whose input will be another one, as far as that can be told before: what is new,
 * and what reads something that hangs on it. What hangs on the items of a list, or on whether a step runs at all, shows
 * in the run only.
 */
export function affectedCalls(plan: Plan, { comparison, names, again }: News): ReadonlySet<string> {
  const changed = comparison.changed.map(({ step, keys }) => [step, keys] as const);
  const keys = new Map([...changed, ...comparison.added.map((step) => [step, ['kind']] as const)]);
  const walk: Walk = { keys, again, calls: new Set(), steps: new Set() };
  namesAfter(walk, { path: '', steps: plan.steps, names });
  return walk.calls;
}

interface Walk {
  /** The changed keys of steps, by path. */
  readonly keys: ReadonlyMap<string, readonly string[]>;
  readonly again: ReadonlySet<string>;
  /** What was found so far: calls of another input, and steps that give something else. */
  readonly calls: Set<string>;
  readonly steps: Set<string>;
}

interface Around {
  readonly path: string;
  /** What has another value there. */
  readonly names: ReadonlySet<string>;
}

/** What has another value behind these steps. */
function namesAfter(walk: Walk, { path, steps, names }: Around & { steps: readonly StepPlan[] }): ReadonlySet<string> {
  const known = new Set(names);
  for (const step of steps) {
    const stepPath = path === '' ? step.id : `${path}/${step.id}`;
    if (!isAffected(walk, step, { path: stepPath, names: known })) continue;
    walk.steps.add(stepPath);
    known.add(`steps.${step.id}`);
  }
  return known;
}

/** Keys that say nothing of what a step gives. */
const IDLE: ReadonlySet<string> = new Set(
  'description needs checks on_check_fail retry timeout compensate save_to reuse'.split(' '),
);
/** Keys around the call: they decide whether and how often it is made, not what it is made of. */
const OUTER: ReadonlySet<string> = new Set('if else for_each repeat on_error'.split(' '));
/** What another pipeline is given shows inside it. */
const GIVEN: ReadonlySet<string> = new Set(['with', 'pipeline.inputs', 'pipeline.vars']);

function isAffected(walk: Walk, step: StepPlan, around: Around): boolean {
  const { path, names } = around;
  const keys = (walk.keys.get(path) ?? []).filter((key) => !IDLE.has(key));
  const ownKeys = keys.filter((key) => !OUTER.has(key) && !(step.kind === 'pipeline' && GIVEN.has(key)));
  const isCallNew = walk.again.has(path) || ownKeys.length > 0 || readsAny(callReads(step), names);
  if (isCallNew) walk.calls.add(path);
  const isGivenAnew = isInsideAffected(walk, step, around) || isCallNew;
  const isHandledAnew = isHandlerAffected(walk, step, { path, names: isGivenAnew ? withStep(names, step) : names });
  const isOuterNew = keys.some((key) => OUTER.has(key)) || readsAny(outerReads(step), names);
  return isGivenAnew || isHandledAnew || isOuterNew;
}

function withStep(names: ReadonlySet<string>, { id }: StepPlan): ReadonlySet<string> {
  return new Set([...names, `steps.${id}`]);
}

/** A handler reads how its own step failed. */
function isHandlerAffected(walk: Walk, { onError }: StepPlan, { path, names }: Around): boolean {
  return onError.kind === 'steps' && isBlockAffected(walk, onError.body, { path: `${path}/on_error`, names });
}

function readsAny(reads: readonly string[], names: ReadonlySet<string>): boolean {
  return reads.some((read) => names.has(nameRead(read)));
}

/** Whether the steps inside a step give something else; a round reads what the one before it gave. */
function isInsideAffected(walk: Walk, step: StepPlan, { path, names }: Around): boolean {
  const ids = step.kind === 'steps' && step.repeat !== undefined ? step.body.steps.map(({ id }) => id) : [];
  for (let known = names; ;) {
    const isAny = isAnyInside(walk, step, { path, names: known });
    const previous = ids.filter((id) => walk.steps.has(`${path}/${id}`)).map((id) => `previous.${id}`);
    const more = previous.filter((name) => !known.has(name));
    if (more.length === 0) return isAny;
    known = new Set([...known, ...more]);
  }
}

function isAnyInside(walk: Walk, step: StepPlan, { path, names }: Around): boolean {
  switch (step.kind) {
    case 'steps':
      return isBlockAffected(walk, step.body, { path, names });
    case 'switch': {
      const steps = [...step.cases, ...(step.otherCase === undefined ? [] : [step.otherCase])];
      const after = namesAfter(walk, { path, steps, names });
      return steps.some(({ id }) => after.has(`steps.${id}`));
    }
    case 'pipeline':
      return isPipelineAffected(walk, step, { path, names });
    default:
      return false;
  }
}

function isBlockAffected(walk: Walk, { steps, outputs }: BlockPlan, around: Around): boolean {
  return readsAny(readsOf(outputs), namesAfter(walk, { ...around, steps }));
}

/** Of what is around it, another pipeline sees what it is given. */
function isPipelineAffected(
  walk: Walk,
  { plan, with: given }: Extract<StepPlan, { kind: 'pipeline' }>,
  { path, names }: Around,
): boolean {
  const keys = walk.keys.get(path) ?? [];
  const isAnyInputNew = keys.includes('with') || keys.includes('pipeline.inputs');
  const inputs = Object.keys(plan.inputs).filter((name) => {
    const template = given[name];
    return isAnyInputNew || (template !== undefined && readsAny(readsOf(template), names));
  });
  const vars = keys.includes('pipeline.vars') ? Object.keys(plan.vars) : [];
  const known = new Set([...inputs.map((name) => `inputs.${name}`), ...vars.map((name) => `vars.${name}`)]);
  const after = namesAfter(walk, { path, steps: plan.steps, names: known });
  return Object.values(plan.outputs).some((output) => readsAny(readsOf(output), after));
}
