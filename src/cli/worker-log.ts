import { DefaultLogger, Runtime, type LogMetadata } from '@temporalio/worker';

/** The SDK warns of it as of a mistake; the workers of providers and of tools are meant to make calls only. */
const CALLS_ONLY = 'No workflows registered, not polling for workflow tasks';

class WorkerLog extends DefaultLogger {
  override warn(message: string, meta?: LogMetadata): void {
    if (message !== CALLS_ONLY) super.warn(message, meta);
  }
}

/** Lets Temporal's SDK say what it says by itself, but for that. To be called once in a process, before a worker is made. */
export function openWorkerLog(): void {
  Runtime.install({ logger: new WorkerLog('INFO') });
}
