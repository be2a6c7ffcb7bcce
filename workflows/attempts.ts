import { ActivityFailure, ApplicationFailure, isCancellation, sleep, TimeoutFailure } from '@temporalio/workflow';
import type { FailureDetails } from '../activities/calls.ts';
import { type ErrorCode, isErrorCode } from '../src/errors.ts';
import type { Purchase } from '../src/pipeline/result.ts';
import { backoffMs, isRepeated } from '../src/pipeline/retry.ts';
import type { CallPolicy, Used } from './activity-options.ts';

/** A worker may die this often in one call before the step fails; these attempts are not the user's. */
const LOST_WORKERS_MAX = 20;

/** Why a call failed for good. */
export interface CallFailure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly attempts: number;
}

/** What all attempts together bought. Of some nobody has told it: these codes say how each of them was lost. */
export interface Bill {
  readonly purchases: readonly Purchase[];
  readonly lost: readonly ErrorCode[];
}

export type Attempted<T> =
  | { readonly ok: true; readonly result: T; readonly attempts: number; readonly bill: Bill }
  | { readonly ok: false; readonly failure: CallFailure; readonly bill: Bill };

interface Attempt {
  readonly attempt: number;
  readonly purchases?: readonly Purchase[];
}

/**
 * Makes a call until it succeeds or may not be repeated. `call` gets the number of attempts that were used up;
 * `onFailure` sees what each failed round used. Cancellation is thrown on.
 */
export async function attempt<T extends Attempt>(
  policy: CallPolicy,
  call: (used: Used) => Promise<T>,
  onFailure: (details: FailureDetails) => void,
): Promise<Attempted<T>> {
  const { withinMs } = policy.retry;
  const startedAt = Date.now();
  const bill = openBill();
  let used = 0;
  for (let lost = 0; ;) {
    try {
      const leftMs = withinMs === undefined ? {} : { leftMs: startedAt + withinMs - Date.now() };
      const result = await call({ used, told: bill.told, ...leftMs });
      note(bill, result);
      return { ok: true, result, attempts: used + lost + result.attempt, bill };
    } catch (error) {
      if (isCancellation(error)) throw error;
      const failed = readFailure(error, policy);
      const { code, message, details } = failed;
      note(bill, details, failed.isUnknown === true ? code : undefined);
      onFailure(details);
      if (code === 'WORKER_LOST') lost += 1;
      else used += details.attempt;
      const pauseMs = code === 'WORKER_LOST' ? 0 : Math.max(details.retryAfterMs ?? 0, backoffMs(policy.retry, used));
      const isLate = withinMs !== undefined && Date.now() + pauseMs - startedAt >= withinMs;
      const isOver = used >= policy.retry.attempts || lost > LOST_WORKERS_MAX || isLate;
      const isRefused = isOver || asksElsewhere(policy, code, details);
      if (isRefused || !policy.isRepeatable || !isRepeated(policy.retry, code)) {
        return { ok: false, failure: { code, message, attempts: used + lost }, bill };
      }
      if (code !== 'WORKER_LOST') await sleep(pauseMs);
    }
  }
}

function openBill(): { purchases: Purchase[]; lost: ErrorCode[]; told: number } {
  return { purchases: [], lost: [], told: 0 };
}

/** Whoever tells what it bought tells what attempts that were lost before it have bought, too. */
function note(bill: ReturnType<typeof openBill>, { purchases = [] }: Omit<Attempt, 'attempt'>, lost?: ErrorCode): void {
  if (lost !== undefined) bill.lost.push(lost);
  if (purchases.length === 0) return;
  bill.purchases.push(...purchases);
  bill.lost = [];
  bill.told += 1;
}

/**
 * Whether somebody else is asked instead of waiting: at once when a model is left alone because its server failed
 * again and again, and when a server wants a longer pause than the step bears.
 */
function asksElsewhere(
  { hasAlternative, queueTimeoutMs, retry }: CallPolicy,
  code: ErrorCode,
  { retryAfterMs }: FailureDetails,
): boolean {
  if (hasAlternative !== true || retryAfterMs === undefined) return false;
  return code === 'PROVIDER_UNAVAILABLE' || retryAfterMs > (queueTimeoutMs ?? retry.maxBackoffMs);
}

interface ReadFailure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details: FailureDetails;
  /** Nobody lives to tell what was done. */
  readonly isUnknown?: true;
}

function readFailure(error: unknown, policy: CallPolicy): ReadFailure {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof TimeoutFailure) return timedOut(cause, policy);
  if (cause instanceof ApplicationFailure && isErrorCode(cause.type)) {
    const details = (cause.details?.[0] ?? { attempt: 1 }) as FailureDetails;
    if (cause.type === 'WORKER_LOST' && !policy.isRepeatable) return unknownOutcome(cause.message);
    return { code: cause.type, message: cause.message, details };
  }
  throw error;
}

function timedOut(failure: TimeoutFailure, policy: CallPolicy): ReadFailure {
  const isLost = failure.timeoutType === 'HEARTBEAT';
  const what = isLost ? 'its worker stopped answering' : `it took longer than its timeout of ${policy.timeoutMs} ms`;
  if (!policy.isRepeatable) return unknownOutcome(`Cannot finish the call: ${what}`);
  const message = `Cannot finish the call: ${what}`;
  return { code: isLost ? 'WORKER_LOST' : 'STEP_TIMEOUT', message, details: { attempt: 1 }, isUnknown: true };
}

/** What was begun may have happened: only a person can know. */
function unknownOutcome(message: string): ReadFailure {
  return {
    code: 'TOOL_OUTCOME_UNKNOWN',
    message: `${message}, and whether it took effect is not known; it is not repeated, since its effect is "once"`,
    details: { attempt: 1 },
  };
}
