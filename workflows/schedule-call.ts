import { ActivityFailure, ApplicationFailure, scheduleActivity, TimeoutFailure } from '@temporalio/workflow';
import type { Call, FailureDetails } from '../activities/calls.ts';
import { durationText } from '../src/pipeline/duration.ts';
import { activityOptions, type CallPolicy, type Used } from './activity-options.ts';

/** Puts one call on its queue. Where the server is fair to tenants, none of them waits behind all calls of another. */
export function scheduleCall<T>(
  name: string,
  call: Call,
  { policy, used }: { readonly policy: CallPolicy; readonly used: Used },
): Promise<T> {
  const options = { ...activityOptions(policy, used), priority: { fairnessKey: call.tenant } };
  const made = scheduleActivity<T>(name, [call], options);
  const { queueTimeoutMs } = policy;
  if (queueTimeoutMs === undefined) return made;
  return made.catch((error: unknown) => {
    throw wasTaken(error) ? error : queueTimeout(policy, queueTimeoutMs);
  });
}

function wasTaken(error: unknown): boolean {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  return !(cause instanceof TimeoutFailure && cause.timeoutType === 'SCHEDULE_TO_START');
}

/** Nothing was asked, so nothing was bought. */
function queueTimeout({ summary, permission }: CallPolicy, afterMs: number): ApplicationFailure {
  const after = durationText(afterMs);
  const is =
    permission === undefined
      ? `no worker has taken it within ${after}, its "queue_timeout"`
      : `no worker that allows it has taken it within ${after}, set ORCHESTRATOR_ALLOW_TOOLS=${permission} where one runs`;
  return ApplicationFailure.create({
    type: 'QUEUE_TIMEOUT',
    message: `Cannot make the call "${summary}": ${is}`,
    nonRetryable: true,
    details: [{ attempt: 1 } satisfies FailureDetails],
  });
}
