import type { CheckPlan } from '../src/pipeline/check-plan.ts';
import type { StepPlan } from '../src/pipeline/plan.ts';
import type { StepError, Verdict } from '../src/pipeline/result.ts';
import type { StoredValue } from '../src/pipeline/value.ts';
import { checkPolicy } from './activity-options.ts';
import { callOf, makeCall, type Place } from './call.ts';
import { done } from './called.ts';
import { reuse } from './reuse.ts';
import type { RunState } from './run-state.ts';

interface Asked {
  readonly step: StepPlan;
  readonly check: CheckPlan;
  readonly subject: StoredValue;
}

/** Lets a check that is a function judge, unless the run that this one is a fork of has its verdict. */
export async function runCheck(
  state: RunState,
  { frame, path }: Place,
  { step, check: { check, options }, subject }: Asked,
): Promise<Verdict | StepError> {
  const call = { ...callOf(state, { frame, path }, [options]), check, options, subject };
  const before = await reuse(
    state,
    { frame, path },
    { made: { kind: 'check', check, options, subject }, templates: [options] },
  );
  if (before?.status === 'done' && 'inline' in before.output) {
    state.calls.push({ path, kind: 'check', endedAt: Date.now(), result: before });
    return before.output.inline as unknown as Verdict;
  }
  const summary = `${path.slice(0, path.lastIndexOf('/'))}: check ${check}`;
  const policy = checkPolicy({ summary, ...limitsOf(step) });
  const asked = await makeCall(state, { frame, name: 'runCheck' }, { call, policy });
  if (!asked.ok) return asked.failure;
  const { verdict, key } = asked.result;
  const result = { ...done({ inline: { ...verdict } }), attempts: asked.attempts };
  if (key !== undefined) state.calls.push({ path, kind: 'check', endedAt: Date.now(), result: { ...result, key } });
  return verdict;
}

/** A step of kind `check` says itself how long and how often its checks may run. */
function limitsOf(step: StepPlan): Partial<Pick<StepPlan & { kind: 'check' }, 'timeoutMs' | 'retry'>> {
  return step.kind === 'check' ? { timeoutMs: step.timeoutMs, retry: step.retry } : {};
}
