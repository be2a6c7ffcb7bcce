import { readRunRecord } from '../activities/artifacts/run-records.ts';
import type { Connection } from './client.ts';
import { describeRun } from './runs.ts';
import { makeQualityReport, type QualityReport } from './pipeline/quality-report.ts';
import { callsSoFar, loadCalls } from './run-calls.ts';

/**
 * What the checks of a run have said, which rungs were climbed, and what became of it: of a run that goes on, as far as
 * it is. Throws what `describeRun` throws.
 */
export async function qualityOf(connection: Connection, runId: string): Promise<QualityReport> {
  const { pipeline, status } = await describeRun(connection, runId);
  const record = await readRunRecord(connection.store, connection.tenant, runId);
  const calls = record === undefined ? await callsSoFar(connection, runId) : await loadCalls(connection, record);
  return makeQualityReport({ runId, pipeline: pipeline.name, status, plan: record?.plan, calls });
}
