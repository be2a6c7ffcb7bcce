import { tsToMs } from '@temporalio/common/lib/time.js';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { createScrubber, type Scrubber } from '../activities/tools/scrub.ts';
import type { Connection } from './client.ts';
import { secretsIn, type Config } from './config.ts';
import { PipelineError } from './errors.ts';
import { historiesOfRun, type RecordedHistory } from './histories.ts';
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
  const histories = await allHistories(connection, runId);
  return {
    exportVersion: EXPORT_VERSION,
    runId,
    exportedAt: new Date().toISOString(),
    view: scrubber.value(view as Json) as RunView | null,
    histories: histories.map((history) => exportHistory(history, scrubber)),
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

async function allHistories(connection: Connection, runId: string): Promise<readonly RecordedHistory[]> {
  const histories: RecordedHistory[] = [];
  try {
    for await (const each of historiesOfRun(connection, runId)) histories.push(each);
  } catch (error) {
    // A run that ended long ago is known by its record only.
    if (!isUnknown(error)) throw error;
  }
  return histories.toSorted((one, other) => startOf(one) - startOf(other));
}

function isUnknown(error: unknown): boolean {
  return error instanceof PipelineError && error.code === 'RUN_UNKNOWN';
}

function startOf({ history }: RecordedHistory): number {
  return tsToMs(history.events?.[0]?.eventTime);
}

function exportHistory({ workflowId, history }: RecordedHistory, scrubber: Scrubber): ExportedHistory {
  const json = JSON.parse(historyToJSON(history)) as Json;
  return { workflowId, history: redactHistory(json, scrubber) };
}
