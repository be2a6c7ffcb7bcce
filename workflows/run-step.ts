import { ActivityFailure, ApplicationFailure, isCancellation } from '@temporalio/workflow';
import { isErrorCode, PipelineError } from '../src/errors.ts';
import type { StepPlan } from '../src/pipeline/plan.ts';
import { NO_CALL, type StepError, type StepResult, type Verdict } from '../src/pipeline/result.ts';
import type { StoredValue } from '../src/pipeline/value.ts';
import { checkPolicy } from './activity-options.ts';
import { callOf, holds, makeCall, renderValue } from './call.ts';
import { callModel } from './call-model.ts';
import { callTool } from './call-tool.ts';
import type { RunState } from './run-state.ts';

/** What a call left: the done or failed result of a step before its checks. */
export type Called = Extract<StepResult, { status: 'done' | 'failed' }>;

/** Runs one step to its end; only what no step can cause is thrown. */
export async function runStep(state: RunState, step: StepPlan): Promise<StepResult> {
  try {
    if (step.condition !== undefined && !(await holds(state, step.id, step.condition)))
      return await notRun(state, step);
    const called = await callStep(state, step);
    return called.status === 'done' ? await checked(state, step, called) : called;
  } catch (error) {
    if (isCancellation(error)) return { status: 'cancelled', because: 'the run ended while it ran' };
    return { status: 'failed', error: readError(error), ...NO_CALL };
  }
}

async function notRun(state: RunState, step: StepPlan): Promise<StepResult> {
  if (step.otherwise === undefined) return { status: 'skipped', because: 'its condition was false' };
  return done(await renderValue(state, step.id, step.otherwise));
}

async function callStep(state: RunState, step: StepPlan): Promise<Called> {
  switch (step.kind) {
    case 'model':
      return callModel(state, step);
    case 'tool':
      return callTool(state, step);
    case 'check':
    case 'set':
      return done(await renderValue(state, step.id, step.value));
  }
}

async function checked(
  state: RunState,
  step: StepPlan,
  called: Extract<Called, { status: 'done' }>,
): Promise<StepResult> {
  if (step.checks.length === 0) return called;
  const asked = step.checks.map((_, index) => askCheck(state, step, { index, subject: called.output }));
  const answers = await Promise.all(asked);
  const broken = answers.find((answer) => 'code' in answer);
  const { status: _, output: __, ...facts } = called;
  if (broken !== undefined) return { status: 'failed', error: broken, ...facts };
  const checks = answers.filter((answer): answer is Verdict => 'check' in answer);
  const failed = checks.filter((verdict) => !verdict.passed);
  if (failed.length === 0) return { ...called, checks };
  const reasons = failed.map((verdict) => `${verdict.check}: ${verdict.reason}`).join('; ');
  const message = `Cannot accept the output of step "${step.id}": ${reasons}`;
  return { status: 'failed', error: { code: 'CHECK_FAILED', message, attempts: facts.attempts }, ...facts, checks };
}

async function askCheck(
  state: RunState,
  step: StepPlan,
  { index, subject }: { index: number; subject: StoredValue },
): Promise<Verdict | StepError> {
  const plan = step.checks[index] as StepPlan['checks'][number];
  const path = `${step.id}/check-${index}`;
  const call = { ...callOf(state, path, [plan.options]), check: plan.check, options: plan.options, subject };
  const asked = await makeCall(state, 'runCheck', {
    call,
    policy: checkPolicy({ summary: `${step.id}: check ${plan.check}`, ...limitsOfCheck(step) }),
  });
  return asked.ok ? asked.result.verdict : asked.failure;
}

/** A step of kind `check` says itself how long and how often its checks may run. */
function limitsOfCheck(step: StepPlan): Pick<StepPlan, 'timeoutMs' | 'retry'> | undefined {
  return step.kind === 'check' ? { timeoutMs: step.timeoutMs, retry: step.retry } : undefined;
}

function done(output: StoredValue): Called {
  return { status: 'done', output, ...NO_CALL };
}

/** The code and sentence of whatever filling in a template threw. */
export function readError(error: unknown): StepError {
  if (error instanceof PipelineError) return { code: error.code, message: error.message, attempts: 0 };
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure && isErrorCode(cause.type)) {
    return { code: cause.type, message: cause.message, attempts: 0 };
  }
  throw error;
}
