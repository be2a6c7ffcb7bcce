import { Context } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { PipelineError } from '../src/errors.ts';
import { backoffMs, retryOf } from '../src/pipeline/retry.ts';
import type { FailureDetails } from './calls.ts';

/**
 * The one place where what an activity throws becomes a failure of Temporal: the code is its type, the
 * sentence its message. Causes and stack traces stay in the worker's log, so that nothing that was not
 * written for users enters history.
 */
export async function asActivity<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const failure = toFailure(error, Context.current());
    // A stack trace names files of the worker's host, and history keeps it for ever.
    failure.stack = '';
    throw failure;
  }
}

function toFailure(error: unknown, context: Context): Error {
  // What was bought until then counts, however the call is stopped.
  const facts = error instanceof PipelineError ? error.facts : undefined;
  const details: FailureDetails = { attempt: context.info.attempt, ...facts };
  if (context.cancellationDetails?.workerShutdown === true) return workerStopped(details);
  if (context.cancellationSignal.aborted) return new CancelledFailure('Cancelled', [details]);
  if (error instanceof PipelineError) return knownFailure(error, context);
  // The error itself may quote anything, so only the log sees it.
  context.log.error('Unexpected error in an activity', { error });
  return ApplicationFailure.create({
    type: 'INTERNAL',
    message: 'Cannot finish the call: an unexpected error, which the log of the worker shows',
    nonRetryable: true,
    details: [{ attempt: context.info.attempt } satisfies FailureDetails],
  });
}

function knownFailure(error: PipelineError, context: Context): ApplicationFailure {
  const { retryAfterMs } = error;
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
  context.log.debug('Activity failed', { code: error.code, error });
  return ApplicationFailure.create({
    type: error.code,
    message: error.message,
    nonRetryable: retryOf(error.code) !== 'temporal',
    details: [{ attempt: context.info.attempt, ...error.facts, ...wait } satisfies FailureDetails],
    // A model that is left alone has asked for nothing: the pauses of the step stand.
    ...(retryAfterMs === undefined || error.code === 'PROVIDER_UNAVAILABLE'
      ? {}
      : { nextRetryDelay: Math.max(retryAfterMs, ownPauseMs(context)) }),
  });
}

/** The pause that Temporal would make by itself: whoever asks for one makes it longer, and never shorter. */
function ownPauseMs({ info: { retryPolicy = {}, attempt } }: Context): number {
  const { initialInterval = 0, maximumInterval = Infinity } = retryPolicy;
  // The server tells them in milliseconds.
  return backoffMs({ backoffMs: Number(initialInterval), maxBackoffMs: Number(maximumInterval) }, attempt);
}

/** A worker that stops hands its calls back; whether they may be repeated is the workflow's to say. */
function workerStopped(details: FailureDetails): ApplicationFailure {
  return ApplicationFailure.create({
    type: 'WORKER_LOST',
    message: 'Cannot finish the call: its worker was stopped',
    nonRetryable: true,
    details: [details],
  });
}
