import { setTimeout as delay } from 'node:timers/promises';
import type { WorkflowExecutionInfo } from '@temporalio/client';
import { readRunRecord } from '../activities/artifacts/run-records.ts';
import { RUN_PIPELINE } from '../workflows/run-request.ts';
import { callTemporal, type Connection } from './client.ts';
import { requireWorker } from './living-workers.ts';
import { canonicalJson, type Json } from './pipeline/json.ts';
import type { RunStatus, RunView, SavedFile } from './pipeline/view.ts';
import { ended, findOpenRun, isPassing, queryView, withRun } from './run-handle.ts';
import { askParts, withInside } from './run-parts.ts';
import { refuseStuck } from './stuck-run.ts';
import { quoted } from './visibility.ts';

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
 * that has not. Throws `RUN_UNKNOWN`, `WORKER_MISSING` when nobody is there to answer, or `REPLAY_FAILED` when nobody can.
 */
export async function describeRun(connection: Connection, runId: string): Promise<RunView> {
  const view = await viewOf(connection, runId);
  return { ...view, steps: await withInside(connection, view.steps) };
}

async function viewOf(connection: Connection, runId: string): Promise<RunView> {
  const record = await readRunRecord(connection.store, connection.tenant, runId);
  if (record !== undefined) return record.view;
  const info = await withRun(connection, runId, (handle) => handle.describe());
  const act = `describe run "${runId}"`;
  await requireWorker(connection, info, act);
  await refuseStuck(connection, info, act);
  const view = await queryView(connection, runId);
  if (view.endedAt !== undefined) return view;
  return info.status.name === 'RUNNING' ? askParts(connection, view) : stoppedFromOutside(view, info);
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
/** The longest pause between two questions, when answers take their time. */
const FOLLOW_PAUSE_MS = 5000;
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
    const askedAt = Date.now();
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
    // A run of many parts takes its time to answer; it is not to be busy with answering.
    const pauseMs = Math.max(intervalMs, Math.min(4 * (Date.now() - askedAt), FOLLOW_PAUSE_MS));
    await delay(pauseMs, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  }
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
    // The earlier histories of a run that goes on in a new one.
    `ExecutionStatus != 'ContinuedAsNew'`,
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

function summaryOf(info: WorkflowExecutionInfo): RunSummary {
  const attribute = (name: string): unknown => info.searchAttributes[name]?.[0];
  const costUsd = attribute('OrchestratorCostUsd');
  const wasStopped = info.status.name === 'TERMINATED' || info.status.name === 'TIMED_OUT';
  return {
    runId: info.workflowId,
    pipeline: String(attribute('OrchestratorPipeline')),
    status: wasStopped ? 'failed' : (attribute('OrchestratorStatus') as RunStatus),
    startedAt: Number(info.memo?.['startedAt'] ?? info.startTime.getTime()),
    ...(info.closeTime === undefined ? {} : { endedAt: info.closeTime.getTime() }),
    ...(typeof costUsd === 'number' ? { costUsd } : {}),
  };
}

/** Asks a run to end. It answers by ending `cancelled`; its running calls are stopped. Throws `RUN_UNKNOWN`, `RUN_ENDED`. */
export async function cancelRun(connection: Connection, runId: string): Promise<void> {
  if ((await findOpenRun(connection, runId)) === undefined) throw ended('cancel', runId);
  await callTemporal(connection, () => connection.client.workflow.getHandle(runId).cancel());
}

/** The bytes of a file that a step of a run saved. Throws `ARTIFACT_MISSING`. */
export function loadFile({ store, tenant }: Connection, { sha256 }: SavedFile): Promise<Uint8Array> {
  return store.get(tenant, sha256);
}

/** The page of a run in Temporal's Web UI, where its address is known. */
export function runLink({ webUi, namespace }: Connection, runId: string): string | undefined {
  if (webUi === undefined) return undefined;
  return `${webUi}/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(runId)}`;
}
