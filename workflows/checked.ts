import type { StepPlan } from '../src/pipeline/plan.ts';
import type { StepError, Verdict } from '../src/pipeline/result.ts';
import type { StoredValue } from '../src/pipeline/value.ts';
import { checkPolicy } from './activity-options.ts';
import { callOf, makeCall, type Place } from './call.ts';
import { done, type Called, type Done } from './called.ts';
import { reuse } from './reuse.ts';
import type { RunState } from './run-state.ts';

/** Asks the checks of a step what they say of its output; the step fails when one of them is not passed. */
export async function checked(
  state: RunState,
  place: Place,
  { step, called }: { step: StepPlan; called: Done },
): Promise<Called> {
  if (step.checks.length === 0) return called;
  const asked = step.checks.map((_, index) => askCheck(state, place, { step, index, subject: called.output }));
  const answers = await Promise.all(asked);
  const broken = answers.find((answer) => 'code' in answer);
  const { status: _, output: __, ...facts } = called;
  if (broken !== undefined) return { status: 'failed', error: broken, ...facts };
  const checks = answers.filter((answer): answer is Verdict => 'check' in answer);
  const missed = checks.filter((verdict) => !verdict.passed);
  if (missed.length === 0) return { ...called, checks };
  const reasons = missed.map((verdict) => `${verdict.check}: ${verdict.reason}`).join('; ');
  const message = `Cannot accept the output of step "${place.path}": ${reasons}`;
  return { status: 'failed', error: { code: 'CHECK_FAILED', message, attempts: facts.attempts }, ...facts, checks };
}

interface Asked {
  readonly step: StepPlan;
  readonly index: number;
  readonly subject: StoredValue;
}

async function askCheck(
  state: RunState,
  { frame, path: stepPath }: Place,
  { step, index, subject }: Asked,
): Promise<Verdict | StepError> {
  const plan = step.checks[index] as StepPlan['checks'][number];
  const path = `${stepPath}/check-${index}`;
  const call = { ...callOf(state, { frame, path }, [plan.options]), check: plan.check, options: plan.options, subject };
  const { check, options } = plan;
  const before = await reuse(
    state,
    { frame, path },
    { made: { kind: 'check', check, options, subject }, templates: [options] },
  );
  if (before?.status === 'done' && 'inline' in before.output) {
    state.calls.push({ path, kind: 'check', endedAt: Date.now(), result: before });
    return before.output.inline as unknown as Verdict;
  }
  const policy = checkPolicy({ summary: `${stepPath}: check ${plan.check}`, ...limitsOfCheck(step) });
  const asked = await makeCall(state, { frame, name: 'runCheck' }, { call, policy });
  if (!asked.ok) return asked.failure;
  const { verdict, key } = asked.result;
  const result = { ...done({ inline: { ...verdict } }), attempts: asked.attempts };
  if (key !== undefined) state.calls.push({ path, kind: 'check', endedAt: Date.now(), result: { ...result, key } });
  return verdict;
}

/** A step of kind `check` says itself how long and how often its checks may run. */
function limitsOfCheck(step: StepPlan): Partial<Pick<StepPlan & { kind: 'check' }, 'timeoutMs' | 'retry'>> {
  return step.kind === 'check' ? { timeoutMs: step.timeoutMs, retry: step.retry } : {};
}
