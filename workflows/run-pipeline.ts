import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import {
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  isCancellation,
  log,
  setHandler,
  setWorkflowOptions,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import { PLAN_VERSION } from '../src/pipeline/plan.ts';
import type { StoredValue } from '../src/pipeline/value.ts';
import { renderValue, writeRecord } from './call.ts';
import { describe, pause, pauseSignal, resume, resumeSignal } from './messages.ts';
import type { RunRequest, RunResult } from './run-request.ts';
import { openRun, statusOf, type Outcome, type RunState } from './run-state.ts';
import { readError } from './run-step.ts';
import { runSteps } from './run-steps.ts';
import { viewOf } from './run-view.ts';

const STATUS = defineSearchAttributeKey('OrchestratorStatus', SearchAttributeType.KEYWORD);
const COST_USD = defineSearchAttributeKey('OrchestratorCostUsd', SearchAttributeType.DOUBLE);

// A plain `Error` would otherwise retry the workflow task for ever.
setWorkflowOptions({ failureExceptionTypes: [Error] }, runPipeline);

/** The one workflow: interprets a plan. It fails with one of our codes as the failure's type. */
export async function runPipeline(request: RunRequest): Promise<RunResult> {
  refuseUnknownVersion(request);
  const state = openRun(request);
  answerMessages(state);
  const steps = await runSteps(state);
  const outcome = steps.status === 'done' ? await computeOutputs(state) : steps;
  return closeRun(state, outcome);
}

function refuseUnknownVersion({ plan }: RunRequest): void {
  if (plan.planVersion === PLAN_VERSION) return;
  const is = `it has plan version ${plan.planVersion}`;
  const message = `Cannot run plan "${plan.pipeline.name}": ${is}, this worker runs version ${PLAN_VERSION}`;
  throw failure('PLAN_VERSION_UNKNOWN', message);
}

function answerMessages(state: RunState): void {
  const setPaused = (isPaused: boolean) => () => {
    if (state.isPaused === isPaused) return statusOf(state);
    state.isPaused = isPaused;
    state.hasNews = true;
    upsertSearchAttributes([{ key: STATUS, value: statusOf(state) }]);
    return statusOf(state);
  };
  setHandler(describe, () => viewOf(state, { isWhole: false }));
  setHandler(pause, setPaused(true));
  setHandler(resume, setPaused(false));
  setHandler(pauseSignal, () => void setPaused(true)());
  setHandler(resumeSignal, () => void setPaused(false)());
}

async function computeOutputs(state: RunState): Promise<Outcome> {
  try {
    const names = Object.entries(state.request.plan.outputs);
    const values = names.map(async ([name, template]): Promise<[string, StoredValue]> => {
      return [name, await renderValue(state, `outputs.${name}`, template)];
    });
    return { status: 'done', outputs: Object.fromEntries(await Promise.all(values)) };
  } catch (error) {
    return isCancellation(error) ? { status: 'cancelled' } : { status: 'failed', error: readError(error) };
  }
}

async function closeRun(state: RunState, outcome: Outcome): Promise<RunResult> {
  state.outcome = { ...outcome, endedAt: Date.now() };
  upsertSearchAttributes([
    { key: STATUS, value: outcome.status },
    { key: COST_USD, value: state.spent.costNanoUsd / 1e9 },
  ]);
  await CancellationScope.nonCancellable(() => keepRecord(state));
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
async function keepRecord(state: RunState): Promise<void> {
  const { plan, inputs, tenant } = state.request;
  try {
    const view = viewOf(state, { isWhole: true });
    await writeRecord({ tenant, record: { recordVersion: 1, plan, inputs, view } });
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
