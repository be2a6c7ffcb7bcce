import { CancellationScope, condition, makeContinueAsNewFunc, workflowInfo, type Workflow } from '@temporalio/workflow';
import { callLocal } from './call.ts';
import { elapsedMs } from './clock.ts';
import { carriedMemory } from './memory.ts';
import type { Carried } from './run-request.ts';
import { wakeAll, type RunState } from './run-state.ts';
import type { StepResult } from '../src/pipeline/result.ts';

/** What goes on is given so long to end before the run goes on in a new history; otherwise that is tried again later. */
const DRAIN_MS = 30_000;
const RETRY_EVENTS = 1000;
/** From here on nothing new starts until what goes on has ended, however long that takes: Temporal ends a history at 51,200. */
const EVENTS_MAX = 40_000;
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

interface Renewal {
  readonly isOver: () => boolean;
  readonly next: (carried: Carried) => Promise<never>;
}

async function untilRenewed(state: RunState, { isOver, next }: Renewal): Promise<void> {
  let from = 0;
  for (;;) {
    await condition(() => isOver() || isTooLong(state, from));
    if (isOver()) return;
    state.isRenewing = true;
    if (await isDrained(state, isOver)) {
      const carried = await carry(state);
      if (isOver()) return;
      await next(carried());
    }
    if (isOver()) return;
    from = workflowInfo().historyLength + RETRY_EVENTS;
    state.isRenewing = false;
    wakeAll(state);
  }
}

function isTooLong({ renewAfterEvents }: RunState, from: number): boolean {
  const { historyLength, continueAsNewSuggested } = workflowInfo();
  if (historyLength < from) return false;
  return renewAfterEvents === undefined ? continueAsNewSuggested : historyLength >= renewAfterEvents;
}

async function isDrained(state: RunState, isOver: () => boolean): Promise<boolean> {
  const isQuiet = (): boolean => isOver() || state.busy === 0;
  if (workflowInfo().historyLength < EVENTS_MAX) return condition(isQuiet, DRAIN_MS);
  await condition(isQuiet);
  return true;
}

/** Puts what is long into the store first; what is then carried is read off in one go, so that nothing is missed. */
async function carry(state: RunState): Promise<() => Carried> {
  await keepResults(state);
  const { calls } = state;
  if (calls.length > 0) {
    const kept = await keepCalls(state);
    state.moreCalls.push(...kept);
    calls.length = 0;
  }
  return () => carriedOf(state);
}

async function keepResults(state: RunState): Promise<void> {
  const open = [...state.memory.blocks.values()].filter(({ isOver }) => !isOver);
  const places = open.flatMap(({ results }) => [...results].map(([id, result]) => ({ results, id, result })));
  const long = places.filter(({ result }) => result.status === 'done' && bytesOf(result) > CARRIED_BYTES);
  const total = long.reduce((sum, { result }) => sum + bytesOf(result), 0);
  if (total <= CARRIED_TOTAL_BYTES / 4) return;
  const values = long.map(({ result }) => (result as Extract<StepResult, { status: 'done' }>).output);
  const kept = await callLocal(state, 'keepValues', { tenant: state.tenant, values, minBytes: CARRIED_BYTES });
  long.forEach(({ results, id, result }, index) => {
    results.set(id, {
      ...(result as Extract<StepResult, { status: 'done' }>),
      output: kept[index] ?? { inline: null },
    });
  });
}

function bytesOf(result: StepResult): number {
  return result.status === 'done' && 'inline' in result.output ? JSON.stringify(result.output.inline).length : 0;
}

/** The calls of this history, as artifacts that hold lists of them. */
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
    updates: steering.applied.slice(-UPDATES_MAX),
    ignored: steering.ignored,
    calls: moreCalls,
    files,
    clockMs: elapsedMs(state),
  };
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
