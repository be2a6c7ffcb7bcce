import { ActivityFailure, ApplicationFailure } from '@temporalio/workflow';
import { isErrorCode, PipelineError, type ErrorCode } from '../src/errors.ts';
import { NO_CALL, type StepError, type StepResult } from '../src/pipeline/result.ts';
import type { StoredValue } from '../src/pipeline/value.ts';

/** What a call left: the done or failed result of a step before its checks. */
export type Called = Extract<StepResult, { status: 'done' | 'failed' }>;
export type Done = Extract<StepResult, { status: 'done' }>;

export function done(output: StoredValue): Done {
  return { status: 'done', output, ...NO_CALL };
}

export function failed(code: ErrorCode, message: string): Called {
  return { status: 'failed', error: { code, message, attempts: 0 }, ...NO_CALL };
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
