import { setTimeout as delay } from 'node:timers/promises';
import { WorkflowUpdateFailedError, type WorkflowExecutionInfo, type WorkflowHandle } from '@temporalio/client';
import { readRunRecord } from '../activities/artifacts/run-records.ts';
import { RUN_PIPELINE } from '../workflows/run-request.ts';
import { callTemporal, hasWorker, isUnknownRun, type Connection } from './client.ts';
import { PipelineError } from './errors.ts';
import { canonicalJson, type Json } from './pipeline/json.ts';
import type { RunStatus, RunView } from './pipeline/view.ts';

/** One line of a list of runs. Times are milliseconds since 1970. */
export interface RunSummary {
  readonly runId: string;
  readonly pipeline: string;
  readonly status: RunStatus;
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly costUsd?: number;
}

/**
 * Everything that a run says about itself: the record of one that has ended, the answer of a worker for one
 * that has not. Throws `RUN_UNKNOWN`, or `WORKER_MISSING` when nobody is there to answer.
 */
export async function describeRun(connection: Connection, runId: string): Promise<RunView> {
  const record = await readRunRecord(connection.store, connection.tenant, runId);
  if (record !== undefined) return record.view;
  return withRun(connection, runId, async (handle) => {
    const info = await handle.describe();
    const view = await askWorker({ ...connection, taskQueue: info.taskQueue }, handle);
    return info.status.name === 'RUNNING' || view.endedAt !== undefined ? view : stoppedFromOutside(view, info);
  });
}

/** Without a worker a query would only time out, so it is looked for first. */
async function askWorker(connection: Connection, handle: WorkflowHandle): Promise<RunView> {
  if (await hasWorker(connection)) return handle.query<RunView>('describe');
  const queue = connection.taskQueue;
  const message = `Cannot describe run "${handle.workflowId}": no worker is on task queue "${queue}", start one with \`orchestrator worker\``;
  throw new PipelineError('WORKER_MISSING', message);
}

/** A run that somebody terminated in Temporal could not write its own end. */
function stoppedFromOutside(
  view: RunView,
  info: Pick<WorkflowExecutionInfo, 'status' | 'startTime' | 'closeTime'>,
): RunView {
  const how = info.status.name.toLowerCase().replace('_', ' ');
  const error = { code: 'RUN_TERMINATED', message: `The run was ${how} in Temporal`, attempts: 0 } as const;
  return { ...view, status: 'failed', error, endedAt: info.closeTime?.getTime() ?? info.startTime.getTime() };
}

const FOLLOW_INTERVAL_MS = 250;
/** A server or worker that restarts is waited for this long before a follower gives up. */
const PATIENCE_MS = 60_000;

/** Yields a run's view whenever it changes, and ends with the view of its end; `signal` ends the following only. */
export async function* followRun(
  connection: Connection,
  runId: string,
  { signal, intervalMs = FOLLOW_INTERVAL_MS }: { signal?: AbortSignal; intervalMs?: number } = {},
): AsyncGenerator<RunView> {
  let last = '';
  let unreachableSince: number | undefined;
  while (signal?.aborted !== true) {
    const view = await describeRun(connection, runId).catch((error: unknown) => {
      unreachableSince ??= Date.now();
      if (!isPassing(error) || Date.now() - unreachableSince > PATIENCE_MS) throw error;
      return undefined;
    });
    if (view !== undefined) {
      unreachableSince = undefined;
      const text = canonicalJson(view as unknown as Json);
      if (text !== last) yield view;
      last = text;
      if (view.endedAt !== undefined) return;
    }
    await delay(intervalMs, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  }
}

function isPassing(error: unknown): boolean {
  return error instanceof PipelineError && (error.code === 'TEMPORAL_UNAVAILABLE' || error.code === 'WORKER_MISSING');
}

export interface RunFilter {
  readonly status?: RunStatus;
  readonly pipeline?: string;
  /** Default 20. */
  readonly limit?: number;
}

/** The newest runs of the connection's tenant that Temporal still knows. */
export async function listRuns(
  connection: Connection,
  { status, pipeline, limit = 20 }: RunFilter = {},
): Promise<readonly RunSummary[]> {
  const conditions = [
    `WorkflowType = '${RUN_PIPELINE}'`,
    `OrchestratorTenant = ${quoted(connection.tenant)}`,
    ...(status === undefined ? [] : [`OrchestratorStatus = ${quoted(status)}`]),
    ...(pipeline === undefined ? [] : [`OrchestratorPipeline = ${quoted(pipeline)}`]),
  ];
  return callTemporal(connection, async () => {
    const runs: RunSummary[] = [];
    const found = connection.client.workflow.list({ query: conditions.join(' AND '), pageSize: Math.min(limit, 100) });
    for await (const info of found) {
      runs.push(summaryOf(info));
      if (runs.length >= limit) break;
    }
    return runs;
  });
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function summaryOf(info: WorkflowExecutionInfo): RunSummary {
  const attribute = (name: string): unknown => info.searchAttributes[name]?.[0];
  const costUsd = attribute('OrchestratorCostUsd');
  const wasStopped = info.status.name === 'TERMINATED' || info.status.name === 'TIMED_OUT';
  return {
    runId: info.workflowId,
    pipeline: String(attribute('OrchestratorPipeline')),
    status: wasStopped ? 'failed' : (attribute('OrchestratorStatus') as RunStatus),
    startedAt: info.startTime.getTime(),
    ...(info.closeTime === undefined ? {} : { endedAt: info.closeTime.getTime() }),
    ...(typeof costUsd === 'number' ? { costUsd } : {}),
  };
}

/** Asks a run to end. It answers by ending `cancelled`; its running calls are stopped. Throws `RUN_UNKNOWN`, `RUN_ENDED`. */
export async function cancelRun(connection: Connection, runId: string): Promise<void> {
  await withOpenRun(connection, runId, 'cancel', (handle) => handle.cancel());
}

/** Lets running steps end and starts nothing new. Throws `RUN_UNKNOWN`, `RUN_ENDED`. */
export function pauseRun(connection: Connection, runId: string): Promise<RunStatus> {
  return withOpenRun(connection, runId, 'pause', (handle) => handle.executeUpdate<RunStatus, []>('pause'));
}

/** Goes on after a pause. Throws `RUN_UNKNOWN`, `RUN_ENDED`. */
export function resumeRun(connection: Connection, runId: string): Promise<RunStatus> {
  return withOpenRun(connection, runId, 'resume', (handle) => handle.executeUpdate<RunStatus, []>('resume'));
}

async function withOpenRun<T>(
  connection: Connection,
  runId: string,
  ...[verb, act]: [string, (handle: WorkflowHandle) => Promise<T>]
): Promise<T> {
  return withRun(connection, runId, async (handle) => {
    const { status } = await handle.describe();
    // A run writes its record just before Temporal closes it; whoever has seen that end must not be told otherwise.
    const record = await readRunRecord(connection.store, connection.tenant, runId);
    if (status.name !== 'RUNNING' || record !== undefined) throw ended(verb, runId);
    // It may end between the question and the act.
    return act(handle).catch((error: unknown) => {
      if (isUnknownRun(error) || error instanceof WorkflowUpdateFailedError) throw ended(verb, runId, error);
      throw error;
    });
  });
}

function ended(verb: string, runId: string, cause?: unknown): PipelineError {
  return new PipelineError('RUN_ENDED', `Cannot ${verb} run "${runId}": it has ended`, { cause });
}

async function withRun<T>(
  connection: Connection,
  runId: string,
  act: (handle: WorkflowHandle) => Promise<T>,
): Promise<T> {
  try {
    return await callTemporal(connection, () => act(connection.client.workflow.getHandle(runId)));
  } catch (error) {
    if (!isUnknownRun(error)) throw error;
    const message = `Cannot find run "${runId}": no such run, \`orchestrator runs list\` shows those there are`;
    throw new PipelineError('RUN_UNKNOWN', message, { cause: error });
  }
}

/** The page of a run in Temporal's Web UI, where its address is known. */
export function runLink({ webUi, namespace }: Connection, runId: string): string | undefined {
  if (webUi === undefined) return undefined;
  return `${webUi}/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(runId)}`;
}
