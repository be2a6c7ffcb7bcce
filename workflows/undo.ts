import { CancellationScope } from '@temporalio/workflow';
import type { BlockPlan, StepPlan } from '../src/pipeline/plan.ts';
import { readsOfBlock } from '../src/pipeline/reads.ts';
import type { StepError } from '../src/pipeline/result.ts';
import { knownScope } from '../src/pipeline/scope.ts';
import type { Scope } from '../src/pipeline/value.ts';
import type { CompensationView } from '../src/pipeline/view.ts';
import { callLocal, type Place } from './call.ts';
import { readError, type Done } from './called.ts';
import { emptyTally } from './frame.ts';
import { runInner } from './group.ts';
import type { UndoEntry } from './run-request.ts';
import { valuesOf, type RunState } from './run-state.ts';

/** What would undo the finished steps, oldest first, and what has been undone. */
export interface Undoing {
  readonly entries: UndoEntry[];
  /** From then on nothing is noted: what undoes is not undone itself. */
  isOn: boolean;
  readonly done: CompensationView[];
}

/** So many entries of a part are looked at in one go. */
const PAGE = 20;
/** Of what was undone, so much is shown; failures are shown all. */
const SHOWN_MAX = 500;

/** A step that is done can be undone, unless its work was done in another run, or by a person. */
export function noteUndo(state: RunState, place: Place, { step, called }: { step: StepPlan; called: Done }): void {
  const { compensate } = step;
  if (compensate === undefined || state.undoing.isOn || called.reused !== undefined || called.givenBy !== undefined)
    return;
  const values = knownScope(readsOfBlock(compensate), valuesOf(state, place.frame));
  state.undoing.entries.push({ path: place.path, body: compensate, values });
}

/** Whether the step took effect is not known: a person is told, if it would have been undone. */
export function noteUnknown(state: RunState, { path }: Place, { compensate }: StepPlan): void {
  if (compensate !== undefined) state.undoing.entries.push({ path, isUnknown: true });
}

/** Undoes what was done, the newest first. A compensation that fails is reported, and the rest goes on. */
export async function undoAll(state: RunState): Promise<void> {
  state.undoing.isOn = true;
  await CancellationScope.nonCancellable(async () => {
    const { entries } = state.undoing;
    for (let entry = entries.at(-1); entry !== undefined; entry = entries.at(-1)) {
      if ('inner' in entry) await openInner(state, entry);
      else {
        await undo(state, entry);
        entries.splice(entries.indexOf(entry), 1);
      }
    }
  });
}

/** Puts the newest entries of a part in its place. */
async function openInner(state: RunState, entry: Extract<UndoEntry, { inner: unknown }>): Promise<void> {
  const { entries } = state.undoing;
  const from = Math.max(entry.count - PAGE, 0);
  const page = await callLocal(state, 'readUndo', { tenant: state.tenant, list: entry.inner, from, to: entry.count });
  const rest = from === 0 ? [] : [{ ...entry, count: from }];
  entries.splice(entries.indexOf(entry), 1, ...rest, ...(page as readonly UndoEntry[]));
}

async function undo(state: RunState, entry: Exclude<UndoEntry, { inner: unknown }>): Promise<void> {
  if ('isUnknown' in entry) return note(state, { step: entry.path, status: 'unknown' });
  note(state, { step: entry.path, status: 'running' });
  const error = await runCompensation(state, entry);
  note(state, { step: entry.path, status: error === undefined ? 'done' : 'failed', ...(error && { error }) });
}

async function runCompensation(
  state: RunState,
  { path, body, values }: { path: string; body: BlockPlan; values: Scope },
): Promise<StepError | undefined> {
  const frame = { path, results: new Map(), locals: values, tally: emptyTally() };
  try {
    const called = await runInner(state, { frame, path: `${path}/compensate` }, body);
    return called.status === 'failed' ? called.error : undefined;
  } catch (error) {
    return readError(error);
  }
}

function note({ undoing }: RunState, view: CompensationView): void {
  const { done } = undoing;
  const at = done.findIndex(({ step, status }) => step === view.step && status === 'running');
  done.splice(at < 0 ? done.length : at, at < 0 ? 0 : 1, view);
  if (done.length > SHOWN_MAX)
    done.splice(
      Math.max(
        done.findIndex(({ status }) => status === 'done'),
        0,
      ),
      1,
    );
}
