import { IllegalStateError } from '@temporalio/common';
import { NativeConnection, Runtime, DefaultLogger, type WorkerOptions } from '@temporalio/worker';
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
  return {
    stop: async () => {
      workers.stop();
      await running;
      await native.close();
    },
  };
}
