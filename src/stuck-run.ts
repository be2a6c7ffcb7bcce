import type { WorkflowExecutionDescription } from '@temporalio/client';
import { callTemporal, type Connection } from './client.ts';
import { PipelineError } from './errors.ts';

/** A failure is told once, and stays among the last events until something goes well. */
const EVENTS_READ = 10;

/**
 * Throws `REPLAY_FAILED` when the workers cannot go on with a run: a query would be answered by nobody, and time out. `act`
 * is what it was needed for.
 */
export async function refuseStuck(
  connection: Connection,
  { workflowId, raw }: WorkflowExecutionDescription,
  act: string,
): Promise<void> {
  if ((raw.pendingWorkflowTask?.attempt ?? 0) <= 1) return;
  const why = await lastFailure(connection, workflowId);
  if (why === undefined) return;
  const cure = `run the code that it was begun with; \`orchestrator replay --run ${workflowId}\` tells what fits`;
  throw new PipelineError('REPLAY_FAILED', `Cannot ${act}: its workers cannot go on with it (${why}); ${cure}`);
}

async function lastFailure(
  { client, namespace, ...rest }: Connection,
  workflowId: string,
): Promise<string | undefined> {
  const request = { namespace, execution: { workflowId }, maximumPageSize: EVENTS_READ };
  const { history } = await callTemporal({ client, namespace, ...rest }, () =>
    client.workflowService.getWorkflowExecutionHistoryReverse(request),
  );
  const last = history?.events?.find(
    (event) => event.workflowTaskFailedEventAttributes || event.workflowTaskCompletedEventAttributes,
  );
  return last?.workflowTaskFailedEventAttributes?.failure?.message?.split('\n')[0]?.slice(0, 300);
}
