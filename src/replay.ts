import { Runtime, Worker, DefaultLogger, makeTelemetryFilterString } from '@temporalio/worker';
import type { Connection } from './client.ts';
import { PipelineError } from './errors.ts';
import { fetchHistories, historiesOfRun, listHistories, type HistoryKey, type RecordedHistory } from './histories.ts';
import { workflowCode, type WorkflowCode } from './workflow-code.ts';

/** Which ends of runs may be asked for; `open`: those that have not ended. */
export const REPLAY_STATUSES = {
  open: "ExecutionStatus = 'Running'",
  done: "ExecutionStatus = 'Completed'",
  failed: "ExecutionStatus IN ('Failed', 'Terminated', 'TimedOut')",
  cancelled: "ExecutionStatus = 'Canceled'",
} as const;
export type ReplayStatus = keyof typeof REPLAY_STATUSES;

export interface ReplayRequest {
  /** Histories at most; default 100. */
  readonly limit?: number;
  /** Default: open runs, and those that have ended as far as the limit allows. */
  readonly status?: ReplayStatus;
  /** Every history of this run and of its parts, and no other; the others of these settings then say nothing. */
  readonly runId?: string;
  /** The workflow code to replay against; default: that of a worker which is started here. */
  readonly code?: WorkflowCode;
}

/** What became of one history. */
export interface Replayed {
  /** The run, or the part of one, whose history it is. */
  readonly runId: string;
  readonly events: number;
  /** Why it does not replay. */
  readonly error?: PipelineError;
}

/** Histories that are replayed when nothing is said. */
export const REPLAY_LIMIT = 100;

/**
 * Replays histories of the tenant's runs against the code at hand: what does not replay, a worker with this code could
 * not go on with. They are taken evenly from the newest to the oldest. Throws `RUN_UNKNOWN`.
 */
export async function* replayRuns(connection: Connection, request: ReplayRequest = {}): AsyncGenerator<Replayed> {
  const { runId, code } = request;
  if (runId !== undefined) return yield* replayHistories(historiesOfRun(connection, runId), code);
  const keys = await sample(connection, request);
  if (keys.length > 0) yield* replayHistories(fetchHistories(connection, keys), code);
}

/** Replays the given histories, in their order. */
export async function* replayHistories(
  histories: AsyncIterable<RecordedHistory> | Iterable<RecordedHistory>,
  code?: WorkflowCode,
): AsyncGenerator<Replayed> {
  let events = 0;
  async function* counted(): AsyncGenerator<RecordedHistory> {
    for await (const each of histories) {
      events = each.history.events?.length ?? 0;
      yield each;
    }
  }
  // One at a time: the next history is asked for when the result of the one before has been taken.
  for await (const { workflowId, error } of Worker.runReplayHistories(code ?? (await workflowCode()), counted()))
    yield { runId: workflowId, events, ...(error === undefined ? {} : { error: replayError(workflowId, error) }) };
}

/** What Temporal's SDK prints of its own data, with a sentence inside. */
const PRINTED = /^.*? message: "(?:\[TMPRL\d+\] )?(?:Nondeterminism error: )?((?:[^"\\]|\\.)+)".*$/su;

function replayError(runId: string, cause: Error): PipelineError {
  const reason = cause.message.replace(PRINTED, '$1').replaceAll('\\"', '"');
  const message = `Cannot replay run "${runId}": the code at hand does not do what its history says: ${reason}`;
  return new PipelineError('REPLAY_FAILED', message, { cause });
}

async function sample(
  connection: Connection,
  { limit = REPLAY_LIMIT, status }: ReplayRequest,
): Promise<readonly HistoryKey[]> {
  if (status !== undefined) return spread(await listHistories(connection, REPLAY_STATUSES[status]), limit);
  const open = spread(await listHistories(connection, REPLAY_STATUSES.open), limit);
  const ended = await listHistories(connection, "ExecutionStatus != 'Running'");
  return [...open, ...spread(ended, limit - open.length)];
}

/** As many items as wanted, evenly over the whole list: an old run tells more than another new one. */
function spread<T>(items: readonly T[], count: number): readonly T[] {
  if (items.length <= count) return items;
  return Array.from({ length: count }, (_, index) => items[Math.floor((index * items.length) / count)] as T);
}

/** Replays while Temporal's SDK prints nothing: every result is said once. To be called once in a process. */
export async function silently<T>(work: () => Promise<T>): Promise<T> {
  const runtime = Runtime.install({
    logger: new DefaultLogger('ERROR', () => undefined),
    // Interrupted from outside a replay would seem to have come to its end.
    shutdownSignals: [],
    telemetryOptions: {
      logging: { filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }), forward: {} },
    },
  });
  try {
    return await work();
  } finally {
    // Nothing was replayed when something was refused, and what has not ended would keep the process alive.
    await runtime.shutdown();
  }
}
