import { ActivityFailure, CancelledFailure, proxyLocalActivities } from '@temporalio/workflow';
import type { Activities, Call, FailureDetails } from '../activities/calls.ts';
import type { Json } from '../src/pipeline/json.ts';
import type { Expression, Template } from '../src/pipeline/plan.ts';
import type { Purchase, RunRecord } from '../src/pipeline/result.ts';
import { inlineValues, scopeOf } from '../src/pipeline/scope.ts';
import { needsHost, readsOf, renderTemplate } from '../src/pipeline/template.ts';
import { INLINE_BYTES_MAX, type Scope, type StoredValue } from '../src/pipeline/value.ts';
import { RECORD_OPTIONS, RENDER_OPTIONS, type CallPolicy } from './activity-options.ts';
import { around as whatIsAround } from './around.ts';
import { attempt, type Attempted } from './attempts.ts';
import type { Frame } from './frame.ts';
import { drawOf } from './draw.ts';
import { noteLength } from './history-length.ts';
import { addSpending, valuesOf, type RunState } from './run-state.ts';
import { scheduleCall } from './schedule-call.ts';

/** Pure and free work on values that a workflow must not load. */
type Local =
  | 'render'
  | 'expandItems'
  | 'readItems'
  | 'collectItems'
  | 'resolveInputs'
  | 'checkParts'
  | 'readUndo'
  | 'keepValues'
  | 'findReusable';

const local = proxyLocalActivities<Pick<Activities, Local>>(RENDER_OPTIONS);
const records = proxyLocalActivities<Pick<Activities, 'writeRecord'>>(RECORD_OPTIONS);

type Callable = 'invokeModel' | 'callTool' | 'runCheck' | 'saveFile';
type ResultOf<Name extends Callable> = Awaited<ReturnType<Activities[Name]>>;

/** Where in the run something is done: the names that are known there, and the path that tells it apart. */
export interface Place {
  readonly frame: Frame;
  readonly path: string;
}

interface CallMade<Name extends Callable> {
  readonly call: Parameters<Activities[Name]>[0];
  readonly policy: CallPolicy;
  /** What is done before and after each attempt. */
  readonly around?: (make: () => Promise<ResultOf<Name>>) => Promise<ResultOf<Name>>;
}

/** Makes a call through its activity, with retries; what failed attempts used is added to the run's spending. */
export async function makeCall<Name extends Callable>(
  state: RunState,
  { frame, name }: { frame: Frame; name: Name },
  { call, policy, around = (make) => make() }: CallMade<Name>,
): Promise<Attempted<ResultOf<Name>>> {
  const bytes = JSON.stringify(call).length;
  const told: Purchase[] = [];
  const note = ({ usage, costNanoUsd = 0, purchases = [] }: FailureDetails): void => {
    told.push(...purchases);
    addSpending(state, frame, { ...(usage === undefined ? {} : { usage }), costNanoUsd });
  };
  try {
    return await attempt<ResultOf<Name>>(
      policy,
      (used) => {
        const drawn = { ...call, ...drawOf(state.memory, call.path, used) };
        return around(() => state.gate.pass(bytes, () => scheduleCall<ResultOf<Name>>(name, drawn, { policy, used })));
      },
      note,
    );
  } catch (error) {
    const stopped = detailsOfStop(error);
    if (stopped !== undefined) note(stopped);
    noteStopped(state, call.path, told);
    throw error;
  }
}

/** What a call that was cancelled tells of itself; nothing when no worker has begun it. */
export function detailsOfStop(error: unknown): FailureDetails | undefined {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  return cause instanceof CancelledFailure ? (cause.details?.[0] as FailureDetails | undefined) : undefined;
}

/** A call that was stopped has no result, but it may have a bill. */
export function noteStopped(state: RunState, path: string, purchases: readonly Purchase[]): void {
  if (purchases.length === 0) return;
  const result = { status: 'cancelled', because: `${whatIsAround(path)} ended while it ran`, purchases } as const;
  state.calls.push({ path, kind: 'model', endedAt: Date.now(), result });
}

/** Does pure and free work on the host. A history is not left before it has ended. */
export async function callLocal<Name extends Local>(
  state: RunState,
  name: Name,
  call: Parameters<Activities[Name]>[0],
): Promise<ResultOfLocal<Name>> {
  const act = () => (local[name] as (call: unknown) => Promise<ResultOfLocal<Name>>)(call);
  return whileBusy(state, () => state.gate.alone(act));
}

/** Writes the record of a run that is over: from then on its history is not left any more. */
export async function writeRecord(state: RunState, record: RunRecord): Promise<void> {
  const act = () => records.writeRecord({ tenant: state.tenant, record });
  return whileBusy(state, () => state.gate.alone(act));
}

type ResultOfLocal<Name extends Local> = Awaited<ReturnType<Activities[Name]>>;

/** Does something that must have ended before the run goes on in a new history. */
export async function whileBusy<T>(state: RunState, act: () => Promise<T>): Promise<T> {
  state.busy += 1;
  try {
    return await act();
  } finally {
    state.busy -= 1;
    noteLength(state);
  }
}

/** The part of a call that every call has. */
export function callOf(state: RunState, { frame, path }: Place, templates: readonly Template[]): Call {
  return { tenant: state.tenant, runId: state.root.runId, path, scope: scopeFor(state, frame, templates) };
}

/**
 * Fills in a template: here when all that it reads is small, in a local activity when it looks into an
 * artifact, calls a function that must not run in a workflow, or grows too long for history.
 */
export async function renderValue(state: RunState, place: Place, template: Template): Promise<StoredValue> {
  const scope = scopeFor(state, place.frame, [template]);
  const values = needsHost(template) ? undefined : inlineValues(scope);
  if (values !== undefined) {
    const value = renderTemplate(template, values);
    if (isSmall(value)) return { inline: value };
  }
  return callLocal(state, 'render', {
    tenant: state.tenant,
    runId: state.root.runId,
    path: place.path,
    scope,
    template,
  });
}

/** A value that is needed here and now. One that is too long for history is refused: `what` names it in the sentence. */
export async function renderSmall(state: RunState, place: Place, template: Template): Promise<Json | undefined> {
  const value = await renderValue(state, place, template);
  return 'inline' in value ? value.inline : undefined;
}

/** Puts a value into its envelope, in the store when it is long. */
export function keepJson(state: RunState, value: Json): Promise<StoredValue> {
  const template: Template = { kind: 'literal', value };
  if (isSmall(value)) return Promise.resolve({ inline: value });
  const { tenant, root } = state;
  return callLocal(state, 'render', { tenant, runId: root.runId, path: '', scope: {}, template });
}

/** Whether a condition holds; anything but `true` does not. */
export async function holds(state: RunState, place: Place, expression: Expression): Promise<boolean> {
  const value = await renderValue(state, place, { kind: 'expression', expression });
  return 'inline' in value && value.inline === true;
}

export function scopeFor(state: RunState, frame: Frame, templates: readonly Template[]): Scope {
  // `output` is the subject of a check; the activity puts it in, unless what judges is called like anything else.
  const isKnown = (path: string): boolean => path !== 'output' || frame.locals?.[path] !== undefined;
  const reads = new Set(templates.flatMap((template) => readsOf(template)).filter(isKnown));
  return scopeOf([...reads], valuesOf(state, frame));
}

function isSmall(value: Json): boolean {
  // Three bytes of UTF-8 at the most for each character.
  return JSON.stringify(value).length * 3 <= INLINE_BYTES_MAX;
}
