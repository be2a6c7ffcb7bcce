import { randomUUID } from 'node:crypto';
import {
  Client,
  Connection as TemporalConnection,
  isGrpcServiceError,
  WorkflowExecutionAlreadyStartedError,
  WorkflowIdReusePolicy,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { openLocalDisk } from '../activities/artifacts/local-disk.ts';
import { readRunRecord } from '../activities/artifacts/run-records.ts';
import type { ArtifactStore } from '../activities/artifacts/store.ts';
import { loadValue as loadStored } from '../activities/values.ts';
import { RUN_PIPELINE, type ForkRequest } from '../workflows/run-request.ts';
import type { Config } from './config.ts';
import { PipelineError } from './errors.ts';
import { readyInputs } from './input-files/keep.ts';
import type { FileRef } from './pipeline/file-ref.ts';
import type { Json } from './pipeline/json.ts';
import type { Plan } from './pipeline/plan.ts';
import type { StoredValue } from './pipeline/value.ts';
import { fingerprintOf, startOptions, type RunStart } from './run-start.ts';

/** An open connection to a Temporal server and to the store of large values. */
export interface Connection {
  readonly client: Client;
  readonly store: ArtifactStore;
  readonly namespace: string;
  readonly taskQueue: string;
  readonly tenant: string;
  readonly address: string;
  /** The address of Temporal's Web UI, where it is known. */
  readonly webUi: string | undefined;
  close(): Promise<void>;
}

/** No call to Temporal takes longer than this; a server whose disk is full answers nothing at all. */
const CALL_DEADLINE_MS = 15_000;

/** Opens a connection. Throws `TEMPORAL_UNAVAILABLE` when nothing answers at the address. */
export async function connect(config: Config, server: { address: string; webUi?: string }): Promise<Connection> {
  const { namespace, taskQueue, tenant } = config;
  const given = config.temporal.kind === 'given' ? config.temporal.connection : {};
  const { apiKey, metadata } = given;
  const connection = await TemporalConnection.connect({
    address: server.address,
    connectTimeout: '5s',
    ...(given.tls === undefined || given.tls === null ? {} : { tls: given.tls }),
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(metadata === undefined ? {} : { metadata }),
  }).catch((cause: unknown) => {
    throw new PipelineError('TEMPORAL_UNAVAILABLE', unreachable(server.address), { cause });
  });
  return {
    client: new Client({ connection, namespace }),
    store: openLocalDisk(config.folders.artifacts),
    namespace,
    taskQueue,
    tenant,
    address: server.address,
    webUi: server.webUi,
    close: () => connection.close(),
  };
}

/** Calls Temporal with a deadline. Throws `TEMPORAL_UNAVAILABLE` when it does not answer in time. */
export async function callTemporal<T>(connection: Connection, call: () => Promise<T>): Promise<T> {
  try {
    return await connection.client.withDeadline(Date.now() + CALL_DEADLINE_MS, call);
  } catch (error) {
    if (!isUnreachable(error)) throw error;
    throw new PipelineError('TEMPORAL_UNAVAILABLE', unreachable(connection.address), { cause: error });
  }
}

export interface StartRequest {
  readonly plan: Plan;
  /** By name. A file is `{ file: path }`, or `{ name, data }` with its bytes; for several, a list of these. */
  readonly inputs?: Readonly<Record<string, unknown>>;
  /** The run's id; starting the same run under the same id again gives the run that is there. */
  readonly id?: string;
  /** What is taken over from an earlier run; `forkRun` makes it. */
  readonly fork?: ForkRequest;
  /** Files of an earlier run, which the inputs may name as they are. */
  readonly knownFiles?: readonly FileRef[];
  /** The length of history, in events, at which the run goes on in a new one; Temporal's own suggestion otherwise. */
  readonly renewAfterEvents?: number;
}

/**
 * Starts a run. Inputs are checked against the plan first (`INPUT_MISSING`, `INPUT_UNKNOWN`, `INPUT_INVALID`).
 * An id that another plan or other inputs have used is refused with `RUN_EXISTS`.
 */
export async function startRun(
  connection: Connection,
  { plan, inputs = {}, id, fork, knownFiles = [], renewAfterEvents }: StartRequest,
): Promise<{ runId: string; isNew: boolean }> {
  const start = {
    plan,
    ...(await readyInputs(connection, plan, { inputs, known: knownFiles })),
    ...(fork === undefined ? {} : { fork }),
    ...(renewAfterEvents === undefined ? {} : { renewAfterEvents }),
  };
  const runId = id ?? `${plan.pipeline.name}-${randomUUID()}`;
  if (id !== undefined && (await isKnown(connection, id, start))) return { runId, isNew: false };
  try {
    await callTemporal(connection, () => startWorkflow(connection, runId, start));
    return { runId, isNew: true };
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    await refuseAnotherRun(connection, runId, fingerprintOf(start));
    return { runId, isNew: false };
  }
}

async function startWorkflow(connection: Connection, runId: string, start: RunStart): Promise<void> {
  await connection.client.workflow.start(RUN_PIPELINE, {
    ...(await startOptions(connection, start)),
    workflowId: runId,
    workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
  });
}

/** Whether a run that Temporal has forgotten left its record under this id. */
async function isKnown(connection: Connection, id: string, { plan, values, fork }: RunStart): Promise<boolean> {
  const record = await readRunRecord(connection.store, connection.tenant, id);
  if (record === undefined) return false;
  const inputs = await loadValues(connection, record.inputs);
  const isSame = fingerprintOf({ plan: record.plan, values: inputs }) === fingerprintOf({ plan, values });
  // A record does not hold what was taken over, but it says from where.
  if (!isSame || record.view.forkOf !== fork?.runId) throw anotherRun(id);
  return true;
}

async function refuseAnotherRun(connection: Connection, runId: string, fingerprint: string): Promise<void> {
  const run = await callTemporal(connection, () => connection.client.workflow.getHandle(runId).describe());
  if (run.memo?.['fingerprint'] !== fingerprint) throw anotherRun(runId);
}

function anotherRun(runId: string): PipelineError {
  const message = `Cannot start run "${runId}": another plan or other inputs have run under this id, choose a new id`;
  return new PipelineError('RUN_EXISTS', message);
}

/** The value behind an envelope, from history or from the artifact store. Throws `ARTIFACT_MISSING`. */
export function loadValue(connection: Connection, value: StoredValue): Promise<Json> {
  return loadStored(connection.store, connection.tenant, value);
}

/** The same for several values, by name. */
export async function loadValues(
  connection: Connection,
  values: Readonly<Record<string, StoredValue>>,
): Promise<Readonly<Record<string, Json>>> {
  const loaded = Object.entries(values).map(
    async ([name, value]) => [name, await loadValue(connection, value)] as const,
  );
  return Object.fromEntries(await Promise.all(loaded));
}

/** Tells a run that does not exist from other faults of Temporal. */
export function isUnknownRun(error: unknown): boolean {
  return error instanceof WorkflowNotFoundError;
}

const UNAVAILABLE = 14;
const DEADLINE_EXCEEDED = 4;
/** Nobody here cancels a call: the server has seen the deadline first. */
const CANCELLED = 1;

function isUnreachable(error: unknown): boolean {
  const cause = error instanceof Error && isGrpcServiceError(error.cause) ? error.cause : error;
  return isGrpcServiceError(cause) && [UNAVAILABLE, DEADLINE_EXCEEDED, CANCELLED].includes(cause.code);
}

function unreachable(address: string): string {
  return `Cannot reach Temporal at ${address}: start it (\`orchestrator dev\`), or set TEMPORAL_ADDRESS`;
}
