import type { CallsView } from '../workflows/messages.ts';
import { callTemporal, isUnknownRun, loadValue, type Connection } from './client.ts';
import type { CallRecord, RunRecord } from './pipeline/result.ts';
import type { StoredValue } from './pipeline/value.ts';
import type { StepView } from './pipeline/view.ts';
import { queryView } from './run-handle.ts';

/** Every call of a run. A record of former times has none: there the steps at the top stand for them. */
export async function loadCalls(
  connection: Connection,
  { calls, moreCalls = [], view }: RunRecord,
): Promise<readonly CallRecord[]> {
  if (calls === undefined) return view.steps.flatMap(callOfStep);
  return [...(await loadLists(connection, moreCalls)), ...calls];
}

/** Calls that were put into the store, in lists. */
async function loadLists(connection: Connection, lists: readonly StoredValue[]): Promise<readonly CallRecord[]> {
  const loaded = await Promise.all(lists.map((list) => loadValue(connection, list)));
  return loaded.flat() as unknown as readonly CallRecord[];
}

/**
 * The calls that a run which goes on has made so far, without their outputs. Those of the parts that go on, too; a part that
 * has ended has told the run around it.
 */
export async function callsSoFar(connection: Connection, workflowId: string): Promise<readonly CallRecord[]> {
  const handle = connection.client.workflow.getHandle(workflowId);
  const { children = [] } = await queryView(connection, workflowId);
  const { calls, moreCalls } = await callTemporal(connection, () => handle.query<CallsView>('listCalls'));
  const inner = children.map((child) =>
    callsSoFar(connection, child.runId).catch((error: unknown): readonly CallRecord[] => {
      // It has ended just now, and what it tells is not there yet.
      if (isUnknownRun(error)) return [];
      throw error;
    }),
  );
  const others = await Promise.all([loadLists(connection, moreCalls), ...inner]);
  return [...calls, ...others.flat()].toSorted((one, other) => one.endedAt - other.endedAt);
}

function callOfStep(step: StepView): readonly CallRecord[] {
  const { id, kind } = step;
  if (step.status === 'failed') return [{ path: id, kind, endedAt: step.endedAt, result: step }];
  if (step.status !== 'done' || 'preview' in step.output) return [];
  return [{ path: id, kind, endedAt: step.endedAt, result: { ...step, output: step.output } }];
}
