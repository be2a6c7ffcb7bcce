import { loadValue, type Connection } from './client.ts';
import type { CallRecord, RunRecord } from './pipeline/result.ts';
import type { StepView } from './pipeline/view.ts';

/** Every call of a run. A record of former times has none: there the steps at the top stand for them. */
export async function loadCalls(
  connection: Connection,
  { calls, moreCalls = [], view }: RunRecord,
): Promise<readonly CallRecord[]> {
  if (calls === undefined) return view.steps.flatMap(callOfStep);
  const more = moreCalls.map(async (value) => (await loadValue(connection, value)) as unknown as readonly CallRecord[]);
  return [...(await Promise.all(more)).flat(), ...calls];
}

function callOfStep(step: StepView): readonly CallRecord[] {
  const { id, kind } = step;
  if (step.status === 'failed') return [{ path: id, kind, endedAt: step.endedAt, result: step }];
  if (step.status !== 'done' || 'preview' in step.output) return [];
  return [{ path: id, kind, endedAt: step.endedAt, result: { ...step, output: step.output } }];
}
