import type { Connection } from '@temporalio/client';
import type { Config } from '../config.ts';
import { PROVIDER_NAMES, type ProviderName, providerQueue } from '../pipeline/provider-queue.ts';
import type { Examination } from './examination.ts';
import { describeTaskQueue, type QueueState } from './task-queue.ts';

const SUBJECT = 'Model queues';

/** Who serves the queues of model calls, and how fast. */
export async function examineQueues(connection: Connection, config: Config): Promise<Examination> {
  const { namespace, taskQueue } = config;
  const states = await Promise.all(
    PROVIDER_NAMES.map((provider) =>
      describeTaskQueue(connection, { namespace, name: providerQueue(taskQueue, provider), kind: 'activity' }),
    ),
  );
  const queues = PROVIDER_NAMES.map((provider, index) => ({ provider, state: states[index] as QueueState }));
  const found = queues.map((queue) => queueText(queue, config)).join('; ');
  const idle = queues.filter(({ state }) => state.workers === 0).map(({ provider }) => provider);
  if (idle.length === 0) return { subject: SUBJECT, status: 'ok', found };
  const advice = `calls of ${idle.join(', ')} wait for a worker that serves them: orchestrator worker`;
  return { subject: SUBJECT, status: 'warning', found, advice };
}

function queueText(
  { provider, state: { workers, perSecond } }: { readonly provider: ProviderName; readonly state: QueueState },
  { paces }: Config,
): string {
  if (workers === 0) return `${provider} none`;
  const { concurrency } = paces[provider];
  const who = `${provider} ${workers} worker${workers === 1 ? '' : 's'}, each ${concurrency} calls at a time`;
  return perSecond === undefined ? who : `${who}, all ${perSecond} a second`;
}
