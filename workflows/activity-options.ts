import { ActivityCancellationType, type ActivityOptions, type LocalActivityOptions } from '@temporalio/workflow';
import type { Effect, ModelStepPlan, RetryPlan } from '../src/pipeline/plan.ts';
import { providerQueue } from '../src/pipeline/provider-queue.ts';
import { backoffMs, notRepeatedByTemporal } from '../src/pipeline/retry.ts';
import { type GuardedTool, isGuarded, TOOL_QUEUE_TIMEOUT_MS, toolQueue } from '../src/pipeline/tool-queue.ts';

/** A worker that dies in a call is noticed after this time; workers send heartbeats every half second. */
const HEARTBEAT_MS = 2000;
/** A call whose repetition costs, or does something twice, is given up later: a busy host may be silent for seconds. */
const CAREFUL_HEARTBEAT_MS = 10_000;
/** Temporal's limit on the summary of a call, in bytes. */
const SUMMARY_CHARACTERS = 100;

/** How one call is made. */
export interface CallPolicy {
  /** What stands beside the call in Temporal's Web UI. */
  readonly summary: string;
  /** Of one attempt. */
  readonly timeoutMs: number;
  readonly retry: RetryPlan;
  /** True when doing it twice is worse than noticing late that a worker died. */
  readonly isCareful: boolean;
  /** False when an attempt of unknown outcome must not be repeated. */
  readonly isRepeatable: boolean;
  /** Where those look who make the call; absent: where the workflow is worked on. */
  readonly taskQueue?: string;
  /** So long it may lie there before somebody takes it, in milliseconds. */
  readonly queueTimeoutMs?: number;
  /** The tool that a worker must allow in order to look there. */
  readonly permission?: GuardedTool;
  /** True when somebody else can be asked instead of waiting. */
  readonly hasAlternative?: boolean;
}

interface AskedModel {
  readonly summary: string;
  readonly provider: string;
  /** The queue beside which that of the provider is. */
  readonly taskQueue: string;
  readonly hasAlternative: boolean;
}

export function modelPolicy(
  { timeoutMs, retry, queueTimeoutMs }: Pick<ModelStepPlan, 'timeoutMs' | 'retry' | 'queueTimeoutMs'>,
  { summary, provider, taskQueue, hasAlternative }: AskedModel,
): CallPolicy {
  return {
    summary,
    timeoutMs,
    retry,
    isCareful: true,
    isRepeatable: true,
    taskQueue: providerQueue(taskQueue, provider),
    ...(queueTimeoutMs === undefined ? {} : { queueTimeoutMs }),
    hasAlternative,
  };
}

interface CalledTool extends Pick<CallPolicy, 'summary' | 'timeoutMs' | 'retry' | 'queueTimeoutMs'> {
  readonly tool: string;
  readonly effect: Effect;
  /** The queue beside which those of guarded tools are. */
  readonly taskQueue: string;
}

export function toolPolicy({ tool, effect, taskQueue, ...policy }: CalledTool): CallPolicy {
  const called = { ...policy, isCareful: effect === 'once', isRepeatable: effect !== 'once' };
  if (!isGuarded(tool)) return called;
  const guarded = { taskQueue: toolQueue(taskQueue, tool), permission: tool };
  return { queueTimeoutMs: TOOL_QUEUE_TIMEOUT_MS, ...called, ...guarded };
}

export function checkPolicy(step: Pick<CallPolicy, 'summary'> & Partial<CallPolicy>): CallPolicy {
  const retry = { attempts: 3, backoffMs: 1000, maxBackoffMs: 10_000 };
  return { timeoutMs: 60_000, retry, ...step, isCareful: false, isRepeatable: true };
}

const TIMEOUTS = ['TemporalTimeout:Heartbeat', 'TemporalTimeout:StartToClose'];

/** What the attempts before have used up of a step's retries. */
export interface Used {
  readonly used: number;
  /** How many of them have told what they bought: a call that follows is another draw. */
  readonly told: number;
  /** What is left of `within`, in milliseconds. */
  readonly leftMs?: number;
}

/**
 * Temporal repeats only failures after which nothing can have been bought or done; a lost worker and a
 * timeout come back to the workflow, which decides. The attempts that have gone before count: the pauses go on from there.
 */
export function activityOptions(policy: CallPolicy, { used, leftMs }: Used): ActivityOptions {
  const { taskQueue, queueTimeoutMs } = policy;
  const { attempts, maxBackoffMs } = policy.retry;
  // The workflow makes the attempts that must end by a certain time, or at whose failure somebody else may be asked:
  // of those that Temporal makes it would hear only when the last one has failed.
  const isLeftToTemporal = policy.isRepeatable && leftMs === undefined && policy.hasAlternative !== true;
  return {
    ...(taskQueue === undefined ? {} : { taskQueue }),
    ...(queueTimeoutMs === undefined ? {} : { scheduleToStartTimeout: queueTimeoutMs }),
    summary: policy.summary.slice(0, SUMMARY_CHARACTERS),
    startToCloseTimeout: Math.min(policy.timeoutMs, Math.max(leftMs ?? Infinity, 1)),
    heartbeatTimeout: policy.isCareful ? CAREFUL_HEARTBEAT_MS : HEARTBEAT_MS,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry: {
      maximumAttempts: isLeftToTemporal ? attempts - used : 1,
      initialInterval: backoffMs(policy.retry, used + 1),
      maximumInterval: maxBackoffMs,
      backoffCoefficient: 2,
      nonRetryableErrorTypes: [...TIMEOUTS, ...notRepeatedByTemporal(policy.retry)],
    },
  };
}

/** Local activities run again after a crash, so they serve for pure and free work only. */
export const RENDER_OPTIONS: LocalActivityOptions = {
  startToCloseTimeout: 10_000,
  retry: { maximumAttempts: 5, initialInterval: 200, maximumInterval: 5000 },
};

/** The record is written again with the same content, which changes nothing; it may wait for a full disk. */
export const RECORD_OPTIONS: LocalActivityOptions = {
  startToCloseTimeout: 10_000,
  retry: { maximumAttempts: 10, initialInterval: 200, maximumInterval: 5000 },
};
