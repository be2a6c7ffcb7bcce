import { NO_CALL, type StepResult } from '../src/pipeline/result.ts';
import { INLINE_BYTES_MAX } from '../src/pipeline/value.ts';
import type { Refusal, Top } from './answer-messages.ts';
import { pathOf } from './frame.ts';
import { blockAt } from './memory.ts';
import type { RetryMessage, SkipMessage } from './messages.ts';
import { wakeAll, type RunState } from './run-state.ts';

/** Why a step cannot be tried again; nothing when it can. */
export function retryProblem({ steering }: RunState, { step }: RetryMessage): Refusal | undefined {
  const held = steering.held.get(step);
  if (held?.decision === undefined && held !== undefined) return undefined;
  return refusal(`Cannot retry step "${step}": it is not held`, [...steering.held.keys()]);
}

export function retry(state: RunState, { step }: RetryMessage): void {
  const held = state.steering.held.get(step);
  if (held !== undefined) held.decision = { kind: 'retry' };
  wakeAll(state);
}

/** Why a step cannot be skipped; nothing when it can: held and waiting steps, and those at the top that have not started. */
export function skipProblem(state: RunState, top: Top, { step, output }: SkipMessage): Refusal | undefined {
  const { held, waits, approvals } = state.steering;
  const cannot = `Cannot skip step "${step}":`;
  if (output !== undefined && JSON.stringify(output).length * 3 > INLINE_BYTES_MAX) {
    return {
      code: 'STEP_STATE',
      message: `${cannot} its output is too long, about ${INLINE_BYTES_MAX / 3} characters are allowed`,
    };
  }
  if (approvals.has(step)) return { code: 'STEP_STATE', message: `${cannot} it is an approval, answer it` };
  if (held.has(step) || waits.has(step)) return undefined;
  const plan = top.steps.find(({ id }) => pathOf(top.frame, id) === step);
  if (plan === undefined)
    return refusal(`${cannot} it is neither held, nor waiting, nor a step that has not started`, [
      ...held.keys(),
      ...waits.keys(),
    ]);
  if (plan.kind === 'approve') return { code: 'STEP_STATE', message: `${cannot} it is an approval, answer it` };
  const { results, running } = blockAt(state.memory, top.frame.path);
  const result = results.get(plan.id);
  if (result !== undefined) return { code: 'STEP_STATE', message: `${cannot} it has ended as ${result.status}` };
  return running.has(plan.id) ? { code: 'STEP_STATE', message: `${cannot} it is running` } : undefined;
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
  const plan = top.steps.find(({ id }) => pathOf(top.frame, id) === step);
  if (plan === undefined) return;
  const result: StepResult =
    output === undefined
      ? { status: 'skipped', because: 'a person skipped it' }
      : { status: 'done', output: { inline: output }, ...NO_CALL, givenBy: 'person' };
  const { results, times } = blockAt(state.memory, top.frame.path);
  results.set(plan.id, result);
  times.set(plan.id, { endedAt: Date.now() });
}

function refusal(cannot: string, paths: readonly string[]): Refusal {
  const listed = paths.length === 0 ? 'no step is' : `these are: ${paths.join(', ')}`;
  return { code: 'STEP_STATE', message: `${cannot}, ${listed}` };
}
