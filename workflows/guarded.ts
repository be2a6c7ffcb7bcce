import { condition, isCancellation } from '@temporalio/workflow';
import { isCatchable, isFromAbove } from '../src/pipeline/catchable.ts';
import { isLeaf, isRecorded } from '../src/pipeline/plan-steps.ts';
import type { BlockPlan, StepPlan, Template } from '../src/pipeline/plan.ts';
import { NO_CALL, type StepResult } from '../src/pipeline/result.ts';
import { beginAnew, callStep } from './call-step.ts';
import { keepJson, renderValue, whileBusy, type Place } from './call.ts';
import { readError, type Called, type Done } from './called.ts';
import { innerFrame } from './frame.ts';
import { climb, isClimbing, passGate } from './gate-ladder.ts';
import { runInner } from './group.ts';
import { beginDraw } from './draw.ts';
import { formAt } from './memory.ts';
import { asksPeople } from './money.ts';
import { wakeAll, type RunState } from './run-state.ts';
import { saveFile } from './save-file.ts';
import { withoutSlot } from './slots.ts';
import type { HeldStep } from './steering.ts';
import { noteUndo, noteUnknown } from './undo.ts';

/** Makes the call of a step with its retries and its checks, and does what `on_error` says when it fails. */
export async function runGuarded(state: RunState, place: Place, step: StepPlan): Promise<StepResult> {
  const { forms } = state.memory;
  for (;;) {
    // A failure that is being dealt with is remembered: the call is not made again in a new history.
    const known = forms.get(failureOf(place)) as Called | undefined;
    const called = known ?? (await passStep(state, place, step));
    if (called.status === 'done') return finish(state, place, { step, called });
    if (isRemembered(state, place, { step, called })) forms.set(failureOf(place), called);
    const made = await makeGood(state, place, { step, called });
    if (made !== 'retry') return made;
  }
}

function failureOf({ path }: Place): string {
  return `${path}|failure`;
}

/** Does what the step does, and what its gate says about the output. A ladder that is being climbed is climbed on. */
async function passStep(state: RunState, place: Place, step: StepPlan): Promise<Called> {
  const called = isClimbing(state, place) ? undefined : await tryStep(state, place, step);
  if (called !== undefined && !isClimbing(state, place)) return called;
  return climb(state, place, step);
}

async function tryStep(state: RunState, place: Place, step: StepPlan): Promise<Called> {
  const act = async (): Promise<Called> => {
    const called = await callStep(state, place, step);
    // Before it is judged: a fork with other checks does not make the call again.
    if (isRecorded(step)) state.calls.push({ path: place.path, kind: step.kind, endedAt: Date.now(), result: called });
    // What has been called is not to be called again because a history ended before it was judged.
    return called.status === 'done' ? whileBusy(state, () => passGate(state, place, { step, called })) : called;
  };
  try {
    const called = isLeaf(step) ? await whileBusy(state, act) : await act();
    if (called.status === 'failed' && called.error.code === 'TOOL_OUTCOME_UNKNOWN') noteUnknown(state, place, step);
    return called;
  } catch (error) {
    if (!isCancellation(error)) return { status: 'failed', error: readError(error), ...NO_CALL };
    if (step.kind === 'tool' && step.effect !== 'pure') noteUnknown(state, place, step);
    throw error;
  }
}

/** A step that is done can be undone from now on, and its file is saved. */
async function finish(
  state: RunState,
  place: Place,
  { step, called }: { step: StepPlan; called: Done },
): Promise<StepResult> {
  const self = innerFrame(place.frame, { path: place.path, results: new Map([[step.id, called]]) });
  noteUndo(state, { frame: self, path: place.path }, { step, called });
  if (step.saveTo === undefined) return called;
  const saved = await saveFile(state, { frame: self, path: place.path }, step.saveTo);
  if (saved === undefined) return called;
  const { status: _, output: __, ...facts } = called;
  return { status: 'failed', error: saved, ...facts };
}

interface Failed {
  readonly step: StepPlan;
  readonly called: Extract<Called, { status: 'failed' }>;
}

async function makeGood(state: RunState, place: Place, failed: Failed): Promise<StepResult | 'retry'> {
  const { called, step } = failed;
  const { onError } = step;
  if (isHeld(state, place, failed)) return withoutSlot(state, step, () => hold(state, place, failed));
  if (!isCatchable(called.error.code)) return called;
  switch (onError.kind) {
    case 'fail':
    case 'continue':
    case 'hold':
      return called;
    case 'value':
      return handled(called, await withSelf(state, place, { ...failed, value: onError.value }));
    case 'steps':
      return withoutSlot(state, step, () => handle(state, place, { ...failed, body: onError.body }));
  }
}

function isRemembered(state: RunState, place: Place, failed: Failed): boolean {
  return failed.step.onError.kind === 'steps' || isHeld(state, place, failed);
}

/** What stands above all runs can be lifted: a run that asks people for money waits for that, too. */
function isHeld({ money }: RunState, { path }: Place, { step, called: { error } }: Failed): boolean {
  if (error.code === 'BUDGET_EXCEEDED') return false;
  return step.onError.kind === 'hold' || (isFromAbove(error.code) && asksPeople(money, path));
}

/** A value may read what went wrong. */
function withSelf(
  state: RunState,
  { frame, path }: Place,
  { step, called, value }: Failed & { readonly value: Template },
): Promise<Done['output']> {
  return renderValue(state, { frame: innerFrame(frame, { path, results: new Map([[step.id, called]]) }), path }, value);
}

function handled({ error, ...facts }: Failed['called'], output: Done['output']): Done {
  return { ...facts, status: 'done', output, handled: error };
}

async function handle(
  state: RunState,
  { frame, path }: Place,
  { step, called, body }: Failed & { body: BlockPlan },
): Promise<StepResult> {
  const self = innerFrame(frame, { path, results: new Map([[step.id, called]]) });
  const made = await runInner(state, { frame: self, path: `${path}/on_error` }, body);
  if (made.status === 'failed') return { ...called, error: made.error };
  return handled(called, made.output);
}

/** Waits for a person to decide about a failed step. The run's clock stands still meanwhile. */
async function hold(state: RunState, place: Place, { step, called }: Failed): Promise<StepResult | 'retry'> {
  const { held } = state.steering;
  const parked = formAt<HeldStep>(state.memory, heldAt(place), () => ({ error: called.error, since: Date.now() }));
  held.set(place.path, parked);
  wakeAll(state);
  try {
    await condition(() => parked.decision?.kind === 'skip' || (parked.decision !== undefined && mayRetry(state, step)));
  } finally {
    held.delete(place.path);
    wakeAll(state);
  }
  const { decision } = parked;
  if (decision?.kind !== 'skip') return retry(state, place, step);
  if (decision.output === undefined) return { status: 'skipped', because: 'a person skipped it' };
  return { ...handled(called, await keepJson(state, decision.output)), givenBy: 'person' };
}

function heldAt({ path }: Place): string {
  return `${path}|held`;
}

/** A call needs a place, and is not begun when the history is about to be left. */
function mayRetry({ renewal, slots }: RunState, step: StepPlan): boolean {
  return !renewal.isOn && (!isLeaf(step) || slots.taken < slots.limit);
}

function retry({ memory }: RunState, place: Place, { retry: plan }: StepPlan): 'retry' {
  for (const key of [failureOf(place), heldAt(place)]) memory.forms.delete(key);
  beginAnew(memory, place.path, plan);
  beginDraw(memory, place.path);
  return 'retry';
}
