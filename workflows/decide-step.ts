import { NO_CALL, type StepResult } from '../src/pipeline/result.ts';
import { INLINE_BYTES_MAX } from '../src/pipeline/value.ts';
import type { Refusal, Top } from './answer-messages.ts';
import { findPending, unknownStep } from './find-step.ts';
import { blockAt } from './memory.ts';
import type { RetryMessage, SkipMessage } from './messages.ts';
import { wakeAll, type RunState } from './run-state.ts';

/** Why a step cannot be tried again; nothing when it can. */
export function retryProblem({ steering }: RunState, top: Top, { step }: RetryMessage): Refusal | undefined {
  const held = steering.held.get(step);
  if (held?.decision === undefined && held !== undefined) return undefined;
  const cannot = `Cannot retry step "${step}":`;
  return unknownStep(top, step, cannot) ?? refusal(`${cannot} it is not held`, [...steering.held.keys()]);
}

export function retry(state: RunState, { step }: RetryMessage): void {
  const held = state.steering.held.get(step);
  if (held !== undefined) held.decision = { kind: 'retry' };
  wakeAll(state);
}

/** Why a step cannot be skipped; nothing when it can: held and waiting steps, and those that have not started. */
export function skipProblem(state: RunState, top: Top, { step, output }: SkipMessage): Refusal | undefined {
  const { held, waits, approvals } = state.steering;
  const cannot = `Cannot skip step "${step}":`;
  if (output !== undefined && JSON.stringify(output).length * 3 > INLINE_BYTES_MAX) {
    const why = `its output is too long, about ${INLINE_BYTES_MAX / 3} characters are allowed`;
    return { code: 'STEP_STATE', message: `${cannot} ${why}` };
  }
  if (approvals.has(step)) return { code: 'STEP_STATE', message: `${cannot} it is an approval, answer it` };
  if (held.has(step) || waits.has(step)) return undefined;
  const pending = findPending(state, top, step);
  if (typeof pending === 'string') {
    const others = [...held.keys(), ...waits.keys()];
    return unknownStep(top, step, cannot) ?? refusal(`${cannot} ${pending}`, others);
  }
  if (pending.plan.kind !== 'approve') return undefined;
  return { code: 'STEP_STATE', message: `${cannot} it is an approval, answer it` };
}

export function skip(state: RunState, top: Top, { step, output }: SkipMessage): void {
  const held = state.steering.held.get(step);
  const wait = state.steering.waits.get(step);
  const given = output === undefined ? {} : { output };
  if (held !== undefined) held.decision = { kind: 'skip', ...given };
  else if (wait !== undefined) wait.skip = given;
  else skipPending(state, top, { step, ...given });
  wakeAll(state);
}

function skipPending(state: RunState, top: Top, { step, output }: SkipMessage): void {
  const pending = findPending(state, top, step);
  if (typeof pending === 'string') return;
  const result: StepResult =
    output === undefined
      ? { status: 'skipped', because: 'a person skipped it' }
      : { status: 'done', output: { inline: output }, ...NO_CALL, givenBy: 'person' };
  const { results, times } = blockAt(state.memory, pending.block);
  results.set(pending.plan.id, result);
  times.set(pending.plan.id, { endedAt: Date.now() });
}

function refusal(cannot: string, paths: readonly string[]): Refusal {
  const listed = paths.length === 0 ? 'no step is' : `these are: ${paths.join(', ')}`;
  return { code: 'STEP_STATE', message: `${cannot}, ${listed}` };
}
