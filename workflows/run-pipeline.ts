import { ApplicationFailure, CancelledFailure, isCancellation, log, setWorkflowOptions } from '@temporalio/workflow';
import { PLAN_VERSION, type Plan } from '../src/pipeline/plan.ts';
import type { StepError } from '../src/pipeline/result.ts';
import { answerMessages } from './answer-messages.ts';
import { closeState, noteStatus } from './attributes.ts';
import { callLocal, renderValue, writeRecord } from './call.ts';
import { readError } from './called.ts';
import { startClock } from './clock.ts';
import { openDetails, statusText } from './details.ts';
import { openFrame } from './group.ts';
import { formAt } from './memory.ts';
import { continueIn, renewing } from './renew.ts';
import { reopenAsks } from './reopen.ts';
import { runBlock, type Watch } from './run-block.ts';
import { RUN_PIPELINE, type Carried, type RunRequest, type RunResult } from './run-request.ts';
import { openRun, type Outcome, type RunState } from './run-state.ts';
import { runItem, runStep } from './run-step.ts';
import { viewOf } from './run-view.ts';
import { emptyTally, type Frame } from './frame.ts';
import { undoAll } from './undo.ts';
import type { StoredValue } from '../src/pipeline/value.ts';
import { setCurrentDetails, CancellationScope } from '@temporalio/workflow';

// A plain `Error` would otherwise retry the workflow task for ever.
setWorkflowOptions({ failureExceptionTypes: [Error] }, runPipeline);

/** The one workflow of a run: interprets a plan. It fails with one of our codes as the failure's type. */
export async function runPipeline(request: RunRequest, carried?: Carried): Promise<RunResult> {
  refuseUnknownVersion(request);
  const state = openRun({ runStep, runItem }, request, carried);
  reopenAsks(state, carried?.asks);
  const top = { frame: topFrame(state), steps: request.plan.steps };
  answerMessages(state, { top, view: () => viewOf(state, { top, isWhole: false }) });
  return renewing(state, {
    work: () => runToEnd(state, request, top.frame),
    next: (left) => continueIn<typeof runPipeline>(RUN_PIPELINE, request, left),
  });
}

function topFrame(state: RunState): Frame {
  return openFrame(state, { frame: { path: '', results: new Map(), tally: emptyTally() }, path: '' });
}

function refuseUnknownVersion({ plan }: RunRequest): void {
  if (plan.planVersion === PLAN_VERSION) return;
  const is = `it has plan version ${plan.planVersion}`;
  const message = `Cannot run plan "${plan.pipeline.name}": ${is}, this worker runs version ${PLAN_VERSION}`;
  throw failure('PLAN_VERSION_UNKNOWN', message);
}

/** Runs the steps, undoes them when that is wanted, and writes down how it ended. How it will end is remembered first. */
async function runToEnd(state: RunState, request: RunRequest, frame: Frame): Promise<RunResult> {
  const closing = formAt<{ outcome?: Outcome }>(state.memory, '|closing', () => ({}));
  closing.outcome ??= await runSteps(state, request, frame);
  const { outcome } = closing;
  if (outcome.status !== 'done') {
    state.steering.isPaused = false;
    await undoAll(state);
  }
  return closeRun(state, { request, frame, outcome });
}

async function runSteps(state: RunState, { plan }: RunRequest, frame: Frame): Promise<Outcome> {
  try {
    const lack = plan.needs === undefined ? undefined : await findLack(state, plan.needs);
    if (lack !== undefined) return { status: 'failed', error: lack };
    const end = await runBlock(state, { frame, steps: plan.steps }, watchOf(state, { plan, frame }));
    return end.status === 'failed' ? end : await computeOutputs(state, plan, frame);
  } catch (error) {
    if (isCancellation(error)) return { status: 'cancelled' };
    throw error;
  }
}

/** What this worker lacks of what the plan names: asked once, before anything is paid for. */
async function findLack(state: RunState, needs: NonNullable<Plan['needs']>): Promise<StepError | undefined> {
  const parts = formAt(state.memory, '|parts', () => ({ areThere: false }));
  if (parts.areThere) return undefined;
  try {
    await callLocal(state, 'checkParts', needs);
    parts.areThere = true;
    return undefined;
  } catch (error) {
    if (isCancellation(error)) throw error;
    return readError(error);
  }
}

function watchOf(state: RunState, { plan, frame }: { plan: RunRequest['plan']; frame: Frame }): Watch {
  const details = openDetails(plan.steps, frame.results);
  const { timeoutMs } = plan.limits;
  return {
    onStep: (step, result) => details.update(step, result === undefined ? 'running' : statusText(result)),
    onAdvance: () => {
      setCurrentDetails(details.text());
      noteStatus(state);
    },
    ...(timeoutMs === undefined ? {} : { deadline: (fail, crash) => startClock(state, timeoutMs, { fail, crash }) }),
  };
}

async function computeOutputs(state: RunState, plan: RunRequest['plan'], frame: Frame): Promise<Outcome> {
  try {
    const values = Object.entries(plan.outputs).map(async ([name, template]): Promise<[string, StoredValue]> => {
      return [name, await renderValue(state, { frame, path: `outputs.${name}` }, template)];
    });
    return { status: 'done', outputs: Object.fromEntries(await Promise.all(values)) };
  } catch (error) {
    return isCancellation(error) ? { status: 'cancelled' } : { status: 'failed', error: readError(error) };
  }
}

interface Closing {
  readonly request: RunRequest;
  readonly frame: Frame;
  readonly outcome: Outcome;
}

async function closeRun(state: RunState, { request, frame, outcome }: Closing): Promise<RunResult> {
  state.outcome = { ...outcome, endedAt: Date.now() };
  closeState(state);
  await CancellationScope.nonCancellable(() => keepRecord(state, request, frame));
  switch (outcome.status) {
    case 'done':
      return { outputs: outcome.outputs };
    case 'failed':
      throw failure(outcome.error.code, outcome.error.message);
    case 'cancelled':
      throw new CancelledFailure('Cancelled');
  }
}

/** A run that is over stays over, even when its record cannot be kept; Temporal's history still has it. */
async function keepRecord(state: RunState, { plan, inputs }: RunRequest, frame: Frame): Promise<void> {
  try {
    const view = viewOf(state, { top: { frame, steps: plan.steps }, isWhole: true });
    const { moreCalls, steering } = state;
    const calls = [...state.calls];
    const more = moreCalls.length === 0 ? {} : { moreCalls: [...moreCalls] };
    const updates = steering.applied.length === 0 ? {} : { updates: steering.applied };
    await writeRecord(state, { recordVersion: 1, plan, inputs, view, calls, ...updates, ...more });
  } catch (error) {
    log.error('The record of the run could not be written', { code: readError(error).code });
  }
}

/** A failure without a stack trace, which would only name files of the worker's host. */
function failure(code: string, message: string): ApplicationFailure {
  const error = ApplicationFailure.create({ type: code, message, nonRetryable: true });
  error.stack = '';
  return error;
}
