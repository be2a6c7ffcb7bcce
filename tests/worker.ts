import { setTimeout as delay } from 'node:timers/promises';
import { IllegalStateError } from '@temporalio/common';
import { NativeConnection, Runtime, DefaultLogger, type WorkerOptions } from '@temporalio/worker';
import { hasWorker } from '../src/living-workers.ts';
import { createWorkers } from '../src/worker-set.ts';
import { workerOptions } from '../src/worker.ts';
import type { TestGround } from './runs.ts';
import { server } from './servers.ts';

/** Lets Temporal's SDK print errors only, for this process; what already runs keeps its voice. */
export function quietRuntime(): void {
  try {
    Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });
  } catch (error) {
    if (!(error instanceof IllegalStateError)) throw error;
  }
}

/** Starts the product's workers in this process, on the ground's task queues, with the bundle of this test run. */
export async function startTestWorker(
  { config, connection }: TestGround,
  changes: Partial<WorkerOptions> = {},
): Promise<{ stop(): Promise<void> }> {
  quietRuntime();
  const native = await NativeConnection.connect({ address: connection.address });
  const code = Promise.resolve({ workflowBundle: { codePath: server('bundle') } });
  const main = { ...(await workerOptions(config, native, code)), ...changes };
  const workers = await createWorkers(main, config);
  const running = workers.run();
  // Who is told something before the server knows of a worker hears that there is none.
  while (main.taskQueue === connection.taskQueue && !(await hasWorker(connection))) await delay(20);
  return {
    stop: async () => {
      workers.stop();
      await running;
      await native.close();
    },
  };
}
