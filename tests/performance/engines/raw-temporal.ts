import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { loadConfig } from '../../../src/config.ts';
import type { Engine, Job } from './engine.ts';

/** The reference: Temporal used by hand, with the worker options of the product. */
export const rawTemporal: Engine = {
  async connect({ address, environment }) {
    const { namespace, taskQueue } = loadConfig(environment);
    const connection = await Connection.connect({ address });
    const client = new Client({ connection, namespace });
    return {
      async start(job) {
        const workflowId = `raw-${job.kind}-${randomUUID()}`;
        const handle = await client.workflow.start(job.kind, { taskQueue, workflowId, args: argumentsOf(job) });
        return { runId: workflowId, done: () => handle.result() };
      },
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
  }
}
