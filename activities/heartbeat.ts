import { Context } from '@temporalio/activity';

/** Counters only: heartbeats may enter history. */
export type HeartbeatDetails = Readonly<Record<string, number>>;

/** Used when an activity was scheduled without a heartbeat timeout, in milliseconds. */
const BEAT_MS = 1000;

/**
 * Runs the work of an activity while a timer heartbeats four times per heartbeat timeout.
 * `signal` fires when Temporal cancels the activity, its attempt times out, or the worker stops;
 * cancellation reaches an activity through heartbeats only, so every long call goes through here.
 */
export async function withHeartbeat<T>(
  work: (signal: AbortSignal, beat: (details: HeartbeatDetails) => void) => Promise<T>,
): Promise<T> {
  const context = Context.current();
  let details: HeartbeatDetails | undefined;
  const timeoutMs = context.info.heartbeatTimeoutMs;
  const timer = setInterval(() => context.heartbeat(details), timeoutMs === undefined ? BEAT_MS : timeoutMs / 4);
  try {
    return await work(context.cancellationSignal, (latest) => {
      details = latest;
    });
  } finally {
    clearInterval(timer);
  }
}
