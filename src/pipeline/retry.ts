import type { ErrorCode } from '../errors.ts';
import type { RetryPlan } from './plan.ts';

/**
 * Whether a failed attempt may be repeated, and by whom.
 * `temporal`: nothing can have been bought or done, so Temporal repeats the activity by itself.
 * `workflow`: something may have been billed; the workflow accounts for it before it tries again.
 * `never`: the same attempt would fail again.
 */
export type Retry = 'temporal' | 'workflow' | 'never';

/** The one table; a code that is not in it is never retried. */
const RETRIES: Partial<Record<ErrorCode, Retry>> = {
  PROVIDER_UNAVAILABLE: 'temporal',
  PROVIDER_RATE_LIMITED: 'temporal',
  PROVIDER_OVERLOADED: 'temporal',
  PROVIDER_ERROR: 'workflow',
  PROVIDER_TIMEOUT: 'workflow',
  PROVIDER_CONNECTION_LOST: 'workflow',
  PROVIDER_RESPONSE_INVALID: 'workflow',
  OUTPUT_TRUNCATED: 'workflow',
  TOOL_FAILED: 'temporal',
  TOOL_HTTP_UNAVAILABLE: 'temporal',
  NETWORK_FAILED: 'temporal',
  MCP_UNAVAILABLE: 'temporal',
  STORE_UNAVAILABLE: 'temporal',
  STEP_TIMEOUT: 'workflow',
  WORKER_LOST: 'workflow',
};

export function retryOf(code: ErrorCode): Retry {
  return RETRIES[code] ?? 'never';
}

/** Whether a step repeats an attempt that failed so: what it says itself counts before the table. */
export function isRepeated({ retryOn, neverOn }: Pick<RetryPlan, 'retryOn' | 'neverOn'>, code: ErrorCode): boolean {
  if (neverOn?.includes(code) === true) return false;
  return retryOn === undefined ? retryOf(code) !== 'never' : retryOn.includes(code);
}

/** The codes that Temporal would repeat by itself, and that this step does not want repeated. */
export function notRepeatedByTemporal(retry: Pick<RetryPlan, 'retryOn' | 'neverOn'>): readonly ErrorCode[] {
  const codes = Object.keys(RETRIES) as ErrorCode[];
  return codes.filter((code) => RETRIES[code] === 'temporal' && !isRepeated(retry, code));
}

/** The pause before attempt number `attempt + 1`, in milliseconds: the first pause doubled each time, up to the bound. */
export function backoffMs(retry: { backoffMs: number; maxBackoffMs: number }, attempt: number): number {
  return Math.min(retry.backoffMs * 2 ** (attempt - 1), retry.maxBackoffMs);
}
