import { CancellationScope, condition, isCancellation } from '@temporalio/workflow';
import { isCatchable } from '../src/pipeline/catchable.ts';
import { isLeaf } from '../src/pipeline/plan-steps.ts';
import type { StepPlan } from '../src/pipeline/plan.ts';
import type { StepError, StepResult } from '../src/pipeline/result.ts';
import { decideNext } from '../src/pipeline/schedule.ts';
import { around } from './around.ts';
import { pathOf, type Frame } from './frame.ts';
import { blockAt, type BlockMemory } from './memory.ts';
import { mayStart, wakeAll, type RunState } from './run-state.ts';

/** How the steps of a block ended. A cancellation is thrown. */
export type BlockEnd =
  { readonly status: 'done' } | { readonly status: 'failed'; readonly error: StepError & { readonly stepId?: string } };

/** What somebody wants to know while a block runs. */
export interface Watch {
  /** After a step has started or ended. */
  readonly onStep?: (step: StepPlan, result: StepResult | undefined) => void;
  /** After everything that can be decided now has been. */
  readonly onAdvance?: () => void;
  /** Ends the block as failed. */
  readonly deadline?: (fail: (error: StepError) => void, crash: (error: unknown) => void) => CancellationScope;
}

interface Drive {
  readonly state: RunState;
  readonly frame: Frame;
  readonly steps: readonly StepPlan[];
  readonly memory: BlockMemory;
  readonly watch: Watch;
  readonly scope: CancellationScope;
  hasNews: boolean;
  end: BlockEnd | undefined;
  /** What no step can cause: an error in this code. */
  crash: unknown;
}

/**
 * Runs every step as soon as its last dependency has settled, until all have ended or one fails the block. Goes on
 * where the memory of the block says that it was left.
 */
export async function runBlock(
  state: RunState,
  { frame, steps }: { readonly frame: Frame; readonly steps: readonly StepPlan[] },
  watch: Watch = {},
): Promise<BlockEnd> {
  const drive = openDrive(state, { frame, steps }, watch);
  const wake = (): void => void (drive.hasNews = true);
  state.wakers.add(wake);
  const deadline = watch.deadline?.(
    (error) => end(drive, { status: 'failed', error }),
    (error) => crash(drive, error),
  );
  let cancellation: unknown;
  try {
    await driveToEnd(drive);
  } catch (error) {
    if (!isCancellation(error)) throw error;
    cancellation = error;
  } finally {
    state.wakers.delete(wake);
  }
  deadline?.cancel();
  await stopRunning(drive);
  if (cancellation !== undefined) throw cancellation;
  return drive.end ?? { status: 'done' };
}

function openDrive(state: RunState, block: Pick<Drive, 'frame' | 'steps'>, watch: Watch): Drive {
  const memory = blockAt(state.memory, block.frame.path);
  const scope = new CancellationScope();
  const drive: Drive = { state, ...block, memory, watch, scope, hasNews: true, end: undefined, crash: undefined };
  // What had failed the block before it was left fails it still.
  for (const step of block.steps) noteFailure(drive, step, memory.results.get(step.id));
  return drive;
}

async function driveToEnd(drive: Drive): Promise<void> {
  const { memory, steps } = drive;
  while (drive.end === undefined && memory.results.size < steps.length) {
    advance(drive);
    if (memory.results.size < steps.length) await condition(() => drive.hasNews);
    if (drive.crash !== undefined) throw drive.crash;
  }
}

/** Starts and skips whatever can be decided now; a skip may decide more. */
function advance(drive: Drive): void {
  const { state, steps, memory } = drive;
  drive.hasNews = false;
  const decisions = decideNext(steps, { results: memory.results, running: new Set(memory.running.keys()) });
  for (const decision of decisions) {
    if (decision.kind === 'skip') settle(drive, decision.step, { status: 'skipped', because: decision.because });
    else if (mayStart(state) && hasSlot(state, decision.step)) start(drive, decision.step);
  }
  drive.watch.onAdvance?.();
}

/** Steps that hold others take no slot, nor do those that wait: they would keep the ones inside from starting. */
export function takesSlot(step: StepPlan): boolean {
  return step.forEach === undefined && step.repeat === undefined && isLeaf(step);
}

function hasSlot({ slots }: RunState, step: StepPlan): boolean {
  return !takesSlot(step) || slots.taken < slots.limit;
}

function start(drive: Drive, step: StepPlan): void {
  const { state, frame, memory } = drive;
  const slots = takesSlot(step) ? 1 : 0;
  state.slots.taken += slots;
  memory.running.set(step.id, memory.began.get(step.id) ?? Date.now());
  drive.watch.onStep?.(step, undefined);
  drive.scope
    .run(() => state.forms.runStep(state, { frame, path: pathOf(frame, step.id) }, step))
    .then((result) => settle(drive, step, result))
    .catch((error: unknown) => crash(drive, error))
    .finally(() => {
      state.slots.taken -= slots;
      if (slots > 0) wakeAll(state);
    });
}

function settle(drive: Drive, step: StepPlan, result: StepResult): void {
  const { memory } = drive;
  // A person may have decided about a step that had not started.
  const startedAt = memory.running.get(step.id);
  memory.running.delete(step.id);
  memory.results.set(step.id, result);
  memory.times.set(step.id, { endedAt: Date.now(), ...(startedAt === undefined ? {} : { startedAt }) });
  drive.watch.onStep?.(step, result);
  drive.hasNews = true;
  noteFailure(drive, step, result);
}

function noteFailure(drive: Drive, step: StepPlan, result: StepResult | undefined): void {
  // Nothing goes on without money.
  const mayFail = step.onError.kind === 'continue' && result?.status === 'failed' && isCatchable(result.error.code);
  if (result?.status !== 'failed' || mayFail) return;
  end(drive, { status: 'failed', error: { ...result.error, stepId: step.id } });
}

function end(drive: Drive, ended: BlockEnd): void {
  drive.end ??= ended;
  drive.hasNews = true;
}

function crash(drive: Drive, error: unknown): void {
  drive.crash = error;
  drive.hasNews = true;
}

/** Cancels what still runs, waits until it has stopped, and says of the rest that it never started. */
async function stopRunning(drive: Drive): Promise<void> {
  const { memory, steps } = drive;
  await CancellationScope.nonCancellable(async () => {
    if (memory.running.size > 0) drive.scope.cancel();
    await condition(() => memory.running.size === 0 || drive.crash !== undefined);
  });
  if (drive.crash !== undefined) throw drive.crash;
  for (const step of steps.filter(({ id }) => !memory.results.has(id))) {
    const what = around(pathOf(drive.frame, step.id));
    settle(drive, step, { status: 'cancelled', because: `${what} ended before it started` });
  }
  drive.watch.onAdvance?.();
}
