import type { WorkflowExecutionInfo } from '@temporalio/client';
import type { History } from '@temporalio/common/lib/proto-utils.js';
import { RUN_PART, RUN_PIPELINE } from '../workflows/run-request.ts';
import { callTemporal, type Connection } from './client.ts';
import { withRun } from './run-handle.ts';
import { quoted } from './visibility.ts';

/** The history of a run, or of a part of one. */
export interface RecordedHistory {
  readonly workflowId: string;
  readonly history: History;
}

/** Which history it is: a run that went on in a new one has several. */
export type HistoryKey = Pick<WorkflowExecutionInfo, 'workflowId' | 'runId' | 'type' | 'startTime'>;

/** So many are listed. */
const LISTED_MAX = 5000;

/** The histories of the tenant's runs and of their parts, newest first; `conditions` are in Temporal's query language. */
export function listHistories(connection: Connection, conditions: readonly string[]): Promise<readonly HistoryKey[]> {
  const { client, tenant } = connection;
  const all = [
    `WorkflowType IN ('${RUN_PIPELINE}', '${RUN_PART}')`,
    `OrchestratorTenant = ${quoted(tenant)}`,
    ...conditions,
  ];
  return callTemporal(connection, async () => {
    const found: HistoryKey[] = [];
    for await (const each of client.workflow.list({ query: all.join(' AND ') })) {
      found.push(each);
      if (found.length >= LISTED_MAX) break;
    }
    return found;
  });
}

/** The condition for the histories of one run and of its parts. */
export function ofRun(runId: string): string {
  return `(WorkflowId = ${quoted(runId)} OR RootWorkflowId = ${quoted(runId)})`;
}

/** The newest history of a run: Temporal lists a run only a moment after its start. Throws `RUN_UNKNOWN`. */
export function newestHistory(connection: Connection, runId: string): Promise<HistoryKey> {
  return withRun(connection, runId, (handle) => handle.describe());
}

export async function fetchHistory(
  connection: Connection,
  { workflowId, runId }: HistoryKey,
): Promise<RecordedHistory> {
  const handle = connection.client.workflow.getHandle(workflowId, runId);
  return { workflowId, history: await callTemporal(connection, () => handle.fetchHistory()) };
}
