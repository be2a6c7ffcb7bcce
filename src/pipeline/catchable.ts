import type { ErrorCode } from '../errors.ts';

/** Without money nothing goes on: what a step says of errors does not count then, but for `on_error: hold`. */
const UNCATCHABLE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'BUDGET_EXCEEDED',
  'SPENDING_STOPPED',
  'CEILING_REACHED',
]);

export function isCatchable(code: ErrorCode): boolean {
  return !UNCATCHABLE.has(code);
}

/** Whether a person can lift what stands above all runs, so that the step is worth being tried again then. */
export function isFromAbove(code: ErrorCode): boolean {
  return code === 'SPENDING_STOPPED' || code === 'CEILING_REACHED';
}
