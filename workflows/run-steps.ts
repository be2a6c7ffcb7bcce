import { CancellationScope, condition, isCancellation, setCurrentDetails, sleep } from '@temporalio/workflow';
import type { StepPlan } from '../src/pipeline/plan.ts';
import type { StepResult } from '../src/pipeline/result.ts';
import { decideNext } from '../src/pipeline/schedule.ts';
import { openDetails, statusText, type Details } from './details.ts';
import type { Outcome, RunState } from './run-state.ts';
import { runStep } from './run-step.ts';

/** How the steps ended, before the outputs are computed. */
export type StepsOutcome = { readonly status: 'done' } | Exclude<Outcome, { status: 'done' }>;

interface Drive {
  readonly state: RunState;
  readonly scope: CancellationScope;
  readonly details: Details;
  end: StepsOutcome | undefined;
  /** What no step can cause: an error in this code. */
  crash: unknown;
}

/** Runs every step as soon as its last dependency has settled, until all have ended, one fails the run, or it is cancelled. */
export async function runSteps(state: RunState): Promise<StepsOutcome> {
  const { steps, limits } = state.request.plan;
  const drive = openDrive(state, steps);
  const deadline = limits.timeoutMs === undefined ? undefined : startDeadline(drive, limits.timeoutMs);
  try {
    await driveToEnd(drive, steps);
  } catch (error) {
    if (!isCancellation(error)) throw error;
    drive.end = { status: 'cancelled' };
  }
  deadline?.cancel();
  await stopRunning(drive, steps);
  return drive.end ?? { status: 'done' };
}

function openDrive(state: RunState, steps: readonly StepPlan[]): Drive {
  const scope = new CancellationScope();
  return { state, scope, details: openDetails(steps), end: undefined, crash: undefined };
}

async function driveToEnd(drive: Drive, steps: readonly StepPlan[]): Promise<void> {
  const { state } = drive;
  while (drive.end === undefined && state.results.size < steps.length) {
    advance(drive, steps);
    if (state.results.size < steps.length) await condition(() => state.hasNews);
    if (drive.crash !== undefined) throw drive.crash;
  }
}

/** Starts and skips whatever can be decided now; a skip may decide more. */
function advance(drive: Drive, steps: readonly StepPlan[]): void {
  const { state } = drive;
  state.hasNews = false;
  const decisions = decideNext(steps, { results: state.results, running: new Set(state.running.keys()) });
  for (const decision of decisions) {
    if (decision.kind === 'skip') settle(drive, decision.step, { status: 'skipped', because: decision.because });
    else if (!state.isPaused && state.running.size < state.request.plan.limits.concurrency) start(drive, decision.step);
  }
  setCurrentDetails(drive.details.text());
}

function start(drive: Drive, step: StepPlan): void {
  drive.state.running.set(step.id, Date.now());
  drive.details.update(step, 'running');
  drive.scope
    .run(() => runStep(drive.state, step))
    .then((result) => settle(drive, step, result))
    .catch((error: unknown) => {
      drive.crash = error;
      drive.state.hasNews = true;
    });
}

function settle(drive: Drive, step: StepPlan, result: StepResult): void {
  const { state } = drive;
  const startedAt = state.running.get(step.id);
  state.running.delete(step.id);
  state.results.set(step.id, result);
  state.times.set(step.id, { endedAt: Date.now(), ...(startedAt === undefined ? {} : { startedAt }) });
  drive.details.update(step, statusText(result));
  drive.state.hasNews = true;
  if (result.status !== 'failed' || step.onError.kind === 'continue') return;
  drive.end ??= { status: 'failed', error: { ...result.error, stepId: step.id } };
}

function startDeadline(drive: Drive, timeoutMs: number): CancellationScope {
  const scope = new CancellationScope();
  scope
    .run(() => sleep(timeoutMs, { summary: 'the timeout of the run' }))
    .then(() => {
      const message = `Cannot finish the run: it took longer than its timeout of ${timeoutMs} ms`;
      drive.end ??= { status: 'failed', error: { code: 'RUN_TIMEOUT', message, attempts: 0 } };
      drive.state.hasNews = true;
    })
    .catch((error: unknown) => {
      if (isCancellation(error)) return;
      drive.crash = error;
      drive.state.hasNews = true;
    });
  return scope;
}

/** Cancels what still runs, waits until it has stopped, and says of the rest that it never started. */
async function stopRunning(drive: Drive, steps: readonly StepPlan[]): Promise<void> {
  const { state } = drive;
  await CancellationScope.nonCancellable(async () => {
    if (state.running.size > 0) drive.scope.cancel();
    await condition(() => state.running.size === 0 || drive.crash !== undefined);
  });
  if (drive.crash !== undefined) throw drive.crash;
  for (const step of steps.filter(({ id }) => !state.results.has(id))) {
    settle(drive, step, { status: 'cancelled', because: 'the run ended before it started' });
  }
  setCurrentDetails(drive.details.text());
}
