import type { Reusable } from '../activities/calls.ts';
import { approvalKey, waitKey } from '../src/pipeline/call-key.ts';
import type { Json } from '../src/pipeline/json.ts';
import type { ApproveStepPlan, Template, WaitStepPlan } from '../src/pipeline/plan.ts';
import { scopeOf } from '../src/pipeline/scope.ts';
import { callLocal, callOf, renderValue, type Place } from './call.ts';
import { failed, type Called } from './called.ts';
import { formAt } from './memory.ts';
import { addSpending, valuesOf, type RunState } from './run-state.ts';

/**
 * What the earlier run gave for a call, when this run is a fork of it and the call is the same; undefined when the call
 * is to be made. A call that would do something a second time fails, unless that was allowed.
 */
export async function reuse(
  state: RunState,
  place: Place,
  { made, templates }: { readonly made: Reusable; readonly templates: readonly Template[] },
): Promise<Called | undefined> {
  const { fork } = state;
  if (fork === undefined) return undefined;
  const form = formAt<ReuseForm>(state.memory, formOf(place.path), () => ({ isAsked: false }));
  // Whoever tries a step again wants it to be done.
  if (form.isAsked) return undefined;
  form.isAsked = true;
  const found = await callLocal(state, 'findReusable', { ...callOf(state, place, templates), fork, made });
  if (found.isEffectRepeat) return repeated(place.path);
  if (found.hasTurns === true) form.hasTurns = true;
  if (found.result !== undefined) addSpending(state, place.frame, found.result);
  return found.result;
}

interface ReuseForm {
  isAsked: boolean;
  hasTurns?: true;
}

function formOf(path: string): string {
  return `${path}|reuse`;
}

/** The earlier run, when the conversation at this path failed there and began alike: what was said there is said already. */
export function earlierRunOf({ memory, fork }: RunState, path: string): string | undefined {
  const { hasTurns = false } = (memory.forms.get(formOf(path)) ?? {}) as Partial<ReuseForm>;
  return hasTurns ? fork?.runId : undefined;
}

function repeated(path: string): Called {
  const message = `Cannot call the tool of step "${path}" again: the run that this one was forked from has had its effect; allow the repetition (\`--allow-effects\`) or keep its inputs as they were`;
  return failed('EFFECT_REPEATED', message);
}

/**
 * Waits for people, for an event or for a time, unless the earlier run has: what it waited for is told by a key, which
 * the result keeps for forks of this run.
 */
export async function waitOnce(
  state: RunState,
  place: Place,
  { step, wait }: { readonly step: ApproveStepPlan | WaitStepPlan; readonly wait: () => Promise<Called> },
): Promise<Called> {
  const form = formAt<{ key?: string }>(state.memory, `${place.path}|key`, () => ({}));
  if (form.key === undefined) {
    const key = await keyOf(state, place, step);
    const before = await reuse(state, place, { made: { kind: 'waiting', key }, templates: [] });
    if (before !== undefined) return before;
    form.key = key;
  }
  const called = await wait();
  return called.status === 'done' ? { ...called, key: form.key } : called;
}

async function keyOf(state: RunState, place: Place, step: ApproveStepPlan | WaitStepPlan): Promise<string> {
  if (step.kind === 'approve') {
    const [message, to] = [await renderValue(state, place, step.message), await renderValue(state, place, step.to)];
    const edit = step.edit === undefined ? {} : { edit: await renderValue(state, place, step.edit) };
    return approvalKey(step, { message, to, ...edit });
  }
  const { wait } = step;
  if (wait.kind === 'time') return waitKey({ kind: 'time', at: await renderValue(state, place, wait.at) });
  const { event, match, schema } = wait;
  const reads = (match?.reads ?? []).filter((path) => path !== 'event');
  const asked = {
    event,
    ...(match === undefined ? {} : { match }),
    ...(schema === undefined ? {} : { schema: schema as Json }),
  };
  return waitKey({ kind: 'event', ...asked }, scopeOf(reads, valuesOf(state, place.frame)));
}
