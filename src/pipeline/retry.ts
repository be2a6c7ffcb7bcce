import type { ErrorCode } from '../errors.ts';

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
  OUTPUT_INVALID: 'workflow',
  OUTPUT_TRUNCATED: 'workflow',
  TOOL_FAILED: 'temporal',
  TOOL_HTTP_UNAVAILABLE: 'temporal',
  NETWORK_FAILED: 'temporal',
  STORE_UNAVAILABLE: 'temporal',
  STEP_TIMEOUT: 'workflow',
  WORKER_LOST: 'workflow',
};

export function retryOf(code: ErrorCode): Retry {
  return RETRIES[code] ?? 'never';
}

/** The pause before attempt number `attempt + 1`, in milliseconds: the first pause doubled each time, up to the bound. */
export function backoffMs(retry: { backoffMs: number; maxBackoffMs: number }, attempt: number): number {
  return Math.min(retry.backoffMs * 2 ** (attempt - 1), retry.maxBackoffMs);
}
