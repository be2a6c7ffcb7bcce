import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { z } from 'zod';
import { PipelineError } from './errors.ts';
import type { RecordedHistory } from './histories.ts';
import type { Json } from './pipeline/json.ts';
import { isMap } from './pipeline/problem.ts';
import type { RunView } from './pipeline/view.ts';

/** The version of the file of a run that this code writes and reads. */
export const EXPORT_VERSION = 1;

/** A run as a file that can be given away: what it says about itself, and the histories of it and of its parts. */
export interface RunExport {
  readonly exportVersion: typeof EXPORT_VERSION;
  readonly runId: string;
  /** ISO 8601. */
  readonly exportedAt: string;
  /** Null when nobody was there to ask. */
  readonly view: RunView | null;
  /** In the order of their starts; empty when Temporal has forgotten the run. */
  readonly histories: readonly ExportedHistory[];
}

/** A history as Temporal's own tools write and read it. */
export interface ExportedHistory {
  readonly workflowId: string;
  readonly history: Json;
}

/** What is read of a file: histories. */
const HistoryFile = z.object({
  exportVersion: z.literal(EXPORT_VERSION),
  histories: z.array(z.object({ workflowId: z.string(), history: z.unknown() })),
});

/**
 * The histories in a file: an exported run, or what `temporal workflow show --output json` prints. `file` is what errors
 * call it. Throws `FILE_UNREADABLE`.
 */
export function readHistories(file: string, text: string): readonly RecordedHistory[] {
  const content = parse(file, text);
  if (!isMap(content) || content['exportVersion'] === undefined) return [readHistory(file, content)];
  const { success, data } = HistoryFile.safeParse(content);
  if (success) return data.histories.map(({ workflowId, history }) => ({ ...readHistory(file, history), workflowId }));
  const version = JSON.stringify(content['exportVersion']);
  throw unreadable(
    file,
    `it is an export of version ${version}, this program reads whole ones of version ${EXPORT_VERSION}`,
  );
}

function parse(file: string, text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (cause) {
    throw unreadable(file, `it is not JSON: ${(cause as Error).message}`, cause);
  }
}

function readHistory(file: string, content: unknown): RecordedHistory {
  try {
    const history = historyFromJSON(content);
    const started = history.events?.[0]?.workflowExecutionStartedEventAttributes;
    return { workflowId: started?.workflowId ?? 'unknown', history };
  } catch (cause) {
    throw unreadable(file, `it holds no history: ${(cause as Error).message}`, cause);
  }
}

function unreadable(file: string, reason: string, cause?: unknown): PipelineError {
  return new PipelineError('FILE_UNREADABLE', `Cannot read "${file}": ${reason}`, { cause });
}
