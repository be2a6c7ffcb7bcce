import { isGrpcServiceError, type WorkflowExecutionInfo } from '@temporalio/client';
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
export type HistoryKey = Pick<WorkflowExecutionInfo, 'workflowId' | 'runId'>;

/** So many are listed. */
const LISTED_MAX = 5000;

/** The histories of the tenant's runs and of their parts, newest first; the condition is in Temporal's query language. */
export function listHistories(connection: Connection, condition: string): Promise<readonly HistoryKey[]> {
  const { client, tenant } = connection;
  const types = `WorkflowType IN ('${RUN_PIPELINE}', '${RUN_PART}')`;
  const query = `${types} AND OrchestratorTenant = ${quoted(tenant)} AND ${condition}`;
  return callTemporal(connection, async () => {
    const found: HistoryKey[] = [];
    for await (const each of client.workflow.list({ query })) {
      found.push(each);
      if (found.length >= LISTED_MAX) break;
    }
    return found;
  });
}

const NOT_FOUND = [5];

/** The histories with these keys, without those that Temporal has forgotten meanwhile. */
export async function* fetchHistories(
  connection: Connection,
  keys: Iterable<HistoryKey>,
): AsyncGenerator<RecordedHistory> {
  for (const { workflowId, runId } of keys) {
    const handle = connection.client.workflow.getHandle(workflowId, runId);
    const history = await callTemporal(connection, () => handle.fetchHistory()).catch((error: unknown) => {
      if (!(isGrpcServiceError(error) && NOT_FOUND.includes(error.code))) throw error;
    });
    if (history !== undefined) yield { workflowId, history };
  }
}

/**
 * Every history of a run and of its parts, the newest of the run first. They are found by what they say of one another,
 * so that one which began a moment ago is not missed. Throws `RUN_UNKNOWN`.
 */
export async function* historiesOfRun(connection: Connection, runId: string): AsyncGenerator<RecordedHistory> {
  const { workflowId, runId: newest } = await withRun(connection, runId, (handle) => handle.describe());
  const keys = new Map([[newest, { workflowId, runId: newest }]]);
  // A map also gives what is added to it while it is gone through.
  for await (const recorded of fetchHistories(connection, keys.values())) {
    for (const key of linksOf(recorded)) if (!keys.has(key.runId)) keys.set(key.runId, key);
    yield recorded;
  }
}

/** The histories that a history names: the one before it, the one after it, and those of the parts that it began. */
function linksOf({ workflowId, history }: RecordedHistory): readonly HistoryKey[] {
  return (history.events ?? []).flatMap((event) => {
    const before = event.workflowExecutionStartedEventAttributes?.continuedExecutionRunId;
    const after = event.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId;
    const part = event.childWorkflowExecutionStartedEventAttributes?.workflowExecution;
    const next = before || after;
    if (next) return [{ workflowId, runId: next }];
    return part ? [{ workflowId: String(part.workflowId), runId: String(part.runId) }] : [];
  });
}
