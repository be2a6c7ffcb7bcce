import { readRunRecord } from '../activities/artifacts/run-records.ts';
import type { Connection } from './client.ts';
import { type Past, pastOf, type PastRun } from './pipeline/past.ts';
import { loadCalls } from './run-calls.ts';
import { listRuns } from './runs.ts';

/** So many runs tell enough, in milliseconds rather than seconds. */
const RUNS_MAX = 50;

/** What the newest runs of a pipeline that are done have used; undefined when there are none. */
export async function findPast(connection: Connection, pipeline: string): Promise<Past | undefined> {
  const found = await listRuns(connection, { pipeline, status: 'done', limit: RUNS_MAX });
  const runs = found.map(({ runId }) => readPastRun(connection, runId));
  return pastOf((await Promise.all(runs)).flatMap((run) => run ?? []));
}

async function readPastRun(connection: Connection, runId: string): Promise<PastRun | undefined> {
  const record = await readRunRecord(connection.store, connection.tenant, runId);
  if (record === undefined) return undefined;
  return { view: record.view, calls: await loadCalls(connection, record) };
}
