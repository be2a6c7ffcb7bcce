import { CancellationScope, condition, makeContinueAsNewFunc, workflowInfo, type Workflow } from '@temporalio/workflow';
import { callLocal } from './call.ts';
import type { Done } from './called.ts';
import { elapsedMs } from './clock.ts';
import { isVeryLong, mayLeave } from './history-length.ts';
import { carriedMemory } from './memory.ts';
import { carriedBudget } from './money.ts';
import { openAsks } from './reopen.ts';
import type { Carried } from './run-request.ts';
import { wakeAll, type RunState } from './run-state.ts';
import type { StepResult } from '../src/pipeline/result.ts';
import type { StoredValue } from '../src/pipeline/value.ts';

/** What goes on is given so long to end before the run goes on in a new history; otherwise that is tried again later. */
const DRAIN_MS = 30_000;
const RETRY_EVENTS = 1000;
/** Values that are carried on and longer than this go into the store. */
const CARRIED_BYTES = 1024;
const CARRIED_TOTAL_BYTES = 256 * 1024;
/** The answers to so many updates are remembered. */
const UPDATES_MAX = 500;

/**
 * Does the work of a workflow, and lets it go on in a new history when this one grows long: nothing new starts, what
 * goes on ends, and everything that the rest needs is carried over.
 */
export async function renewing<T>(
  state: RunState,
  { work, next }: { readonly work: () => Promise<T>; readonly next: (carried: Carried) => Promise<never> },
): Promise<T> {
  let isOver = false;
  const working = work().finally(() => (isOver = true));
  const watch = new CancellationScope({ cancellable: false });
  const renewal = watch.run(() => untilRenewed(state, { isOver: () => isOver, next }));
  // The one who loses goes on: the work is left where it is, the watch ends by itself.
  return Promise.race([working, renewal.then(() => working)]);
}

interface Leaving {
  readonly isOver: () => boolean;
  readonly next: (carried: Carried) => Promise<never>;
}

async function untilRenewed(state: RunState, { isOver, next }: Leaving): Promise<void> {
  const { renewal } = state;
  for (;;) {
    await condition(() => isOver() || renewal.isOn);
    if (isOver()) return;
    const carried = await carry(state, isOver);
    if (isOver()) return;
    if (carried !== undefined && mayLeave(renewal)) await next(carried);
    renewal.from = workflowInfo().historyLength + RETRY_EVENTS;
    renewal.isOn = false;
    wakeAll(state);
  }
}

async function isDrained(state: RunState, isOver: () => boolean): Promise<boolean> {
  let isLater = false;
  const isQuiet = (): boolean => {
    // What has ended in the same moment is written down first: a condition is asked again when nothing more happens.
    const wasLater = isLater;
    isLater = true;
    return wasLater && (isOver() || state.busy === 0);
  };
  if (!isVeryLong()) return condition(isQuiet, DRAIN_MS);
  await condition(isQuiet);
  return true;
}

/** What is carried on, with what is long in the store; undefined when what goes on does not end in time. */
async function carry(state: RunState, isOver: () => boolean): Promise<Carried | undefined> {
  while (await isDrained(state, isOver)) {
    const long = longResults(state);
    if (isOver() || (long.length === 0 && state.calls.length === 0)) return carriedOf(state);
    if (long.length > 0) await keepResults(state, long);
    const count = state.calls.length;
    const kept = count === 0 ? [] : await keepCalls(state);
    state.calls.splice(0, count);
    state.moreCalls.push(...kept);
  }
  return undefined;
}

interface LongResult {
  readonly results: Map<string, StepResult>;
  readonly id: string;
  readonly result: Done;
}

/** None while all of them together are short. */
function longResults({ memory }: RunState): readonly LongResult[] {
  const open = [...memory.blocks.values()].filter(({ isOver }) => !isOver);
  const long = open.flatMap(({ results }) =>
    [...results].flatMap(([id, result]) => {
      return result.status === 'done' && bytesOf(result) > CARRIED_BYTES ? [{ results, id, result }] : [];
    }),
  );
  const total = long.reduce((sum, { result }) => sum + bytesOf(result), 0);
  return total > CARRIED_TOTAL_BYTES / 4 ? long : [];
}

async function keepResults(state: RunState, long: readonly LongResult[]): Promise<void> {
  const values = long.map(({ result }) => result.output);
  const kept = await callLocal(state, 'keepValues', { tenant: state.tenant, values, minBytes: CARRIED_BYTES });
  long.forEach(({ results, id, result }, index) => {
    results.set(id, { ...result, output: kept[index] as StoredValue });
  });
}

function bytesOf({ output }: Done): number {
  return 'inline' in output ? JSON.stringify(output.inline).length : 0;
}

/** The calls of this history so far, as artifacts that hold lists of them. */
export async function keepCalls(state: RunState): Promise<Carried['calls']> {
  const value = { inline: JSON.parse(JSON.stringify(state.calls)) };
  return callLocal(state, 'keepValues', { tenant: state.tenant, values: [value], minBytes: CARRIED_BYTES });
}

function carriedOf(state: RunState): Carried {
  const { startedAt, undoing, spent, steering, moreCalls, files } = state;
  return {
    startedAt,
    ...carriedMemory(state.memory),
    undo: undoing.entries,
    compensations: undoing.done,
    spent,
    isPaused: steering.isPaused,
    listed: state.listed.status,
    events: steering.events,
    asks: openAsks(state),
    updates: steering.applied.slice(-UPDATES_MAX),
    ignored: steering.ignored,
    calls: moreCalls,
    files,
    clockMs: elapsedMs(state),
    ...budgetOf(state),
  };
}

function budgetOf({ money }: RunState): Pick<Carried, 'budget'> {
  return money === undefined ? {} : { budget: carriedBudget(money) };
}

/** Goes on in a new history; under worker versioning with the newest code. */
export async function continueIn<F extends Workflow>(workflowType: string, ...args: Parameters<F>): Promise<never> {
  const { targetWorkerDeploymentVersionChanged: isNewer, memo, startTime } = workflowInfo();
  const next = makeContinueAsNewFunc<F>({
    workflowType,
    // Whoever lists runs sees the last history only, and is to know when the first one began.
    memo: { startedAt: startTime.getTime(), ...memo },
    ...(isNewer ? { initialVersioningBehavior: 'AUTO_UPGRADE' } : {}),
  });
  return next(...args);
}
