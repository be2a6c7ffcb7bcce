import type { WorkflowExecutionDescription, WorkflowHandle } from '@temporalio/client';
import { readRunRecord } from '../activities/artifacts/run-records.ts';
import { callTemporal, isUnknownRun, type Connection } from './client.ts';
import { PipelineError } from './errors.ts';
import type { RunView } from './pipeline/view.ts';

/** Works with the workflow of a run: the newest of its histories. Throws `RUN_UNKNOWN`. */
export async function withRun<T>(
  connection: Connection,
  runId: string,
  act: (handle: WorkflowHandle) => Promise<T>,
): Promise<T> {
  try {
    return await callTemporal(connection, () => act(connection.client.workflow.getHandle(runId)));
  } catch (error) {
    if (!isUnknownRun(error)) throw error;
    const message = `Cannot find run "${runId}": no such run, \`orchestrator runs list\` shows those there are`;
    throw new PipelineError('RUN_UNKNOWN', message, { cause: error });
  }
}

/** The workflow of a run that goes on, as Temporal describes it; undefined when the run has ended. Throws `RUN_UNKNOWN`. */
export async function findOpenRun(
  connection: Connection,
  runId: string,
): Promise<WorkflowExecutionDescription | undefined> {
  // A run writes its record just before Temporal closes it; whoever has seen that end must not be told otherwise.
  if ((await readRunRecord(connection.store, connection.tenant, runId)) !== undefined) return undefined;
  const info = await withRun(connection, runId, (handle) => handle.describe());
  return info.status.name === 'RUNNING' ? info : undefined;
}

/** What a workflow of ours says about itself. */
export function queryView(connection: Connection, workflowId: string): Promise<RunView> {
  return callTemporal(connection, () => connection.client.workflow.getHandle(workflowId).query<RunView>('describe'));
}

export function ended(act: string, runId: string): PipelineError {
  return new PipelineError('RUN_ENDED', `Cannot ${act} run "${runId}": it has ended`);
}

/** Whether it may be over in a moment: a server or a worker that is being started again. */
export function isPassing(error: unknown): boolean {
  return error instanceof PipelineError && (error.code === 'TEMPORAL_UNAVAILABLE' || error.code === 'WORKER_MISSING');
}
