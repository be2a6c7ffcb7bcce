import type { Connection } from '@temporalio/client';
import proto from '@temporalio/proto';

const { RateLimitSource, TaskQueueType } = proto.temporal.api.enums.v1;

/** A poll lasts up to a minute, so a living worker was seen within it. */
const POLLER_AGE_MS = 65_000;

/** One queue of the server, as `doctor` looks at it. */
export interface TaskQueue {
  readonly namespace: string;
  readonly name: string;
  readonly kind: 'workflow' | 'activity';
}

export interface QueueState {
  /** Processes that ask it for work. */
  readonly workers: number;
  /** What a worker, or somebody by hand, has limited it to, a second. */
  readonly perSecond?: number;
}

export async function describeTaskQueue(
  connection: Connection,
  { namespace, name, kind }: TaskQueue,
): Promise<QueueState> {
  const { pollers, effectiveRateLimit } = await connection.workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name },
    taskQueueType:
      kind === 'workflow' ? TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW : TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
    reportConfig: true,
  });
  const latest = Date.now() - POLLER_AGE_MS;
  const living = (pollers ?? []).filter(({ lastAccessTime }) => Number(lastAccessTime?.seconds) * 1000 > latest);
  const { rateLimitSource, requestsPerSecond } = { ...effectiveRateLimit };
  const isLimited = rateLimitSource !== RateLimitSource.RATE_LIMIT_SOURCE_SYSTEM;
  return { workers: living.length, ...(isLimited ? { perSecond: Number(requestsPerSecond) } : {}) };
}
