import { readRunRecord } from '../activities/artifacts/run-records.ts';
import type { CallsView } from '../workflows/messages.ts';
import type { RunRequest } from '../workflows/run-request.ts';
import { callTemporal, isUnknownRun, loadValue, type Connection } from './client.ts';
import { requireWorker } from './living-workers.ts';
import { makeBill, type Bill } from './pipeline/bill.ts';
import type { Plan } from './pipeline/plan.ts';
import type { CallRecord } from './pipeline/result.ts';
import { loadCalls } from './run-calls.ts';
import { queryView, withRun } from './run-handle.ts';

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

/** Those of the parts that go on, too; a part that has ended has told the run around it. */
async function callsSoFar(connection: Connection, workflowId: string): Promise<readonly CallRecord[]> {
  const handle = connection.client.workflow.getHandle(workflowId);
  const { children = [] } = await queryView(connection, workflowId);
  const { calls, moreCalls } = await callTemporal(connection, () => handle.query<CallsView>('listCalls'));
  const stored = moreCalls.map(
    async (value) => (await loadValue(connection, value)) as unknown as readonly CallRecord[],
  );
  const inner = children.map((child) =>
    callsSoFar(connection, child.runId).catch((error: unknown): readonly CallRecord[] => {
      // It has ended just now, and what it tells is not there yet.
      if (isUnknownRun(error)) return [];
      throw error;
    }),
  );
  const all = [...(await Promise.all(stored)).flat(), ...calls, ...(await Promise.all(inner)).flat()];
  return all.toSorted((one, other) => one.endedAt - other.endedAt);
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
