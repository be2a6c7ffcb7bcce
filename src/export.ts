import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { createScrubber, type Scrubber } from '../activities/tools/scrub.ts';
import type { Connection } from './client.ts';
import { secretsIn, type Config } from './config.ts';
import { PipelineError } from './errors.ts';
import { fetchHistory, listHistories, newestHistory, ofRun, type HistoryKey } from './histories.ts';
import { EXPORT_VERSION, type ExportedHistory, type RunExport } from './history-file.ts';
import type { Json } from './pipeline/json.ts';
import type { RunView } from './pipeline/view.ts';
import { redactHistory } from './redact-history.ts';
import { describeRun } from './runs.ts';

/**
 * Puts a run into one file. Identities and queues of workers, checksums of programs, stack traces and every configured
 * secret are taken out; what the run was given, computed and gave stays, since replaying needs it. Long values stay
 * where they are: the file only names them. Throws `RUN_UNKNOWN`.
 */
export async function exportRun(connection: Connection, config: Config, runId: string): Promise<RunExport> {
  const scrubber = createScrubber(secretsIn(config));
  const view = await viewOf(connection, runId);
  const keys = await keysOf(connection, runId, view);
  const histories: ExportedHistory[] = [];
  for (const key of keys) histories.push(await exportHistory(connection, key, scrubber));
  return {
    exportVersion: EXPORT_VERSION,
    runId,
    exportedAt: new Date().toISOString(),
    view: scrubber.value(view as Json) as RunView | null,
    histories,
  };
}

/** A run that no worker can go on with is just what people want to give away. */
async function viewOf(connection: Connection, runId: string): Promise<RunView | null> {
  try {
    return await describeRun(connection, runId);
  } catch (error) {
    if (isUnknown(error)) throw error;
    // If it is Temporal that does not answer, asking it for the histories says so.
    return null;
  }
}

/** Every history of a run and of its parts, in the order of their starts. */
async function keysOf(connection: Connection, runId: string, view: RunView | null): Promise<readonly HistoryKey[]> {
  try {
    const newest = await newestHistory(connection, runId);
    const listed = await listHistories(connection, [ofRun(runId)]);
    return [newest, ...listed.filter((each) => each.runId !== newest.runId)].toSorted(
      (one, other) => one.startTime.getTime() - other.startTime.getTime(),
    );
  } catch (error) {
    // A run that ended long ago is known by its record only.
    if (isUnknown(error) && view !== null) return [];
    throw error;
  }
}

function isUnknown(error: unknown): boolean {
  return error instanceof PipelineError && error.code === 'RUN_UNKNOWN';
}

async function exportHistory(connection: Connection, key: HistoryKey, scrubber: Scrubber): Promise<ExportedHistory> {
  const { workflowId, history } = await fetchHistory(connection, key);
  const json = JSON.parse(historyToJSON(history)) as Json;
  return { workflowId, workflowType: key.type, history: redactHistory(json, scrubber) };
}
