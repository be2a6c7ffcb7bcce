import { readRunRecord } from '../activities/artifacts/run-records.ts';
import type { RunRequest } from '../workflows/run-request.ts';
import { callTemporal, type Connection } from './client.ts';
import { requireWorker } from './living-workers.ts';
import { makeBill, type Bill } from './pipeline/bill.ts';
import type { Plan } from './pipeline/plan.ts';
import { callsSoFar, loadCalls } from './run-calls.ts';
import { withRun } from './run-handle.ts';

/**
 * Every call of a run and what it cost, what reuse saved, and what the plan said before: of a run that goes on, as far
 * as it is. Throws `RUN_UNKNOWN`, or `WORKER_MISSING` when nobody is there to tell.
 */
export async function billOf(connection: Connection, runId: string): Promise<Bill> {
  const record = await readRunRecord(connection.store, connection.tenant, runId);
  if (record !== undefined) return makeBill(await loadCalls(connection, record), record.plan);
  const info = await withRun(connection, runId, (handle) => handle.describe());
  await requireWorker(connection, info, `tell the bill of run "${runId}"`);
  const plan = await planOf(connection, runId);
  return makeBill(await callsSoFar(connection, runId), plan);
}

/** What a run was begun with is the first thing in its history. */
async function planOf(connection: Connection, workflowId: string): Promise<Plan | undefined> {
  const { client, namespace } = connection;
  const { history } = await callTemporal(connection, () =>
    client.workflowService.getWorkflowExecutionHistory({ namespace, execution: { workflowId }, maximumPageSize: 1 }),
  );
  const payload = history?.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0];
  if (payload === undefined) return undefined;
  const { payloadConverter } = client.options.loadedDataConverter;
  return payloadConverter.fromPayload<RunRequest>(payload).plan;
}
