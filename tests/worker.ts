import { IllegalStateError } from '@temporalio/common';
import { NativeConnection, Runtime, DefaultLogger, Worker, type WorkerOptions } from '@temporalio/worker';
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

/** Starts a worker of the product in this process, on the ground's task queue, with the bundle of this test run. */
export async function startTestWorker(
  { config, connection }: TestGround,
  changes: Partial<WorkerOptions> = {},
): Promise<{ stop(): Promise<void> }> {
  quietRuntime();
  const native = await NativeConnection.connect({ address: connection.address });
  const { workflowsPath: _, workflowBundle: __, bundlerOptions: ___, ...options } = await workerOptions(config, native);
  const worker = await Worker.create({ ...options, ...changes, workflowBundle: { codePath: server('bundle') } });
  const running = worker.run();
  return {
    stop: async () => {
      worker.shutdown();
      await running;
      await native.close();
    },
  };
}
