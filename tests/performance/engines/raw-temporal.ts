import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import proto from '@temporalio/proto';
import { loadConfig } from '../../../src/config.ts';
import type { Engine, Job, StartedRun } from './engine.ts';

const { EventType } = proto.temporal.api.enums.v1;

/** The reference: Temporal used by hand, with the worker options of the product. */
export const rawTemporal: Engine = {
  async connect({ address, environment }) {
    const { namespace, taskQueue } = loadConfig(environment);
    const connection = await Connection.connect({ address });
    const client = new Client({ connection, namespace });
    return {
      temporal: client,
      async start(job) {
        const workflowId = `raw-${job.kind}-${randomUUID()}`;
        const handle = await client.workflow.start(job.kind, { taskQueue, workflowId, args: argumentsOf(job) });
        return { runId: workflowId, done: () => handle.result() };
      },
      again: (runId) => reset(client, runId),
      close: () => connection.close(),
    };
  },
};

function argumentsOf(job: Job): unknown[] {
  switch (job.kind) {
    case 'sequence':
      return [job.steps];
    case 'fan':
      return [job.width];
    case 'requests':
      return [job.steps, job.url];
    case 'items':
      return [{ items: job.items, concurrency: job.concurrency }];
    case 'wait':
      return [];
  }
}

/** The nearest thing that Temporal has: the history up to its last decision is taken over, and replayed. */
async function reset(client: Client, workflowId: string): Promise<StartedRun> {
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
  const last = events?.findLast(({ eventType }) => eventType === EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED);
  const { runId } = await client.workflowService.resetWorkflowExecution({
    namespace: client.options.namespace,
    workflowExecution: { workflowId },
    workflowTaskFinishEventId: last?.eventId ?? null,
    requestId: randomUUID(),
    reason: 'once more',
  });
  return { runId: workflowId, done: () => client.workflow.getHandle(workflowId, runId).result() };
}
