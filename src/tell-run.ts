import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { readRunRecord } from '../activities/artifacts/run-records.ts';
import { callTemporal, isUnknownRun, type Connection } from './client.ts';
import { isErrorCode, PipelineError } from './errors.ts';
import { requireWorker } from './living-workers.ts';
import type { Json } from './pipeline/json.ts';
import { plainJson } from './pipeline/plain-json.ts';
import { ended, findOpenRun, isPassing } from './run-handle.ts';
import { ownerOf } from './run-parts.ts';
import { refuseStuck } from './stuck-run.ts';

/** What is said under one id is done once, however often it arrives; without an id it gets one of its own. */
export interface Identified {
  readonly id?: string;
}

/** What is said to a run, as an update. */
export interface Message {
  /** The name of the update. */
  readonly update: string;
  /** For sentences: what is done to the run. */
  readonly act: string;
  readonly said?: Identified & { readonly step?: string };
}

/** A part of a run may end just when it is told something; then the run around it is asked again where the step is. */
const MOVES_MAX = 20;
const AGAIN_MS = 200;

/**
 * Tells a run something, or that part of it which the step belongs to, and gives the answer. It is sent again when it is
 * not known whether it arrived. Throws `RUN_UNKNOWN`, `RUN_ENDED`, `WORKER_MISSING`, and the code with which the run refuses it.
 */
export async function tellRun<T>(
  connection: Connection,
  runId: string,
  { update, act, said = {} }: Message,
): Promise<T> {
  const { id = randomUUID(), ...body } = said;
  const parcel: Parcel = { update, id, body: plainBody(body, act) };
  const open = await findOpenRun(connection, runId);
  if (open === undefined) return answeredBefore<T>(connection, runId, { id, act });
  await requireWorker(connection, open, `${act} run "${runId}"`);
  await refuseStuck(connection, open, `${act} run "${runId}"`);
  for (let moves = 0; ; moves += 1) {
    const owner = await ownerOf(connection, runId, body.step ?? '');
    try {
      return await send<T>(connection, owner, parcel);
    } catch (error) {
      if (!(isUnknownRun(error) || isEnded(error)) || moves === MOVES_MAX) throw error;
      if (owner === runId) return answeredBefore<T>(connection, runId, { id, act });
    }
    await delay(AGAIN_MS);
  }
}

/** It heard of it, and had nothing left to do but to write down how it ended. */
function isEnded(error: unknown): boolean {
  return error instanceof PipelineError && error.code === 'RUN_ENDED';
}

/** More would not fit into Temporal's messages, and a run ends when it accepts one that does not. */
const SAID_BYTES_MAX = 128 * 1024;

function plainBody(body: object, act: string): Json {
  const { value, faults } = plainJson(body);
  const [fault] = faults;
  if (fault !== undefined) throw new PipelineError('VALUE_INVALID', `Cannot ${act} the run: ${fault.message}`);
  const bytes = Buffer.byteLength(JSON.stringify(value));
  if (bytes > SAID_BYTES_MAX) {
    const message = `Cannot ${act} the run: what is said has ${bytes} bytes, at most ${SAID_BYTES_MAX} are allowed`;
    throw new PipelineError('ARTIFACT_TOO_LARGE', message);
  }
  return value;
}

/** What a run that has ended answered, when it was told the same before. */
async function answeredBefore<T>(
  connection: Connection,
  runId: string,
  { id, act }: { readonly id: string; readonly act: string },
): Promise<T> {
  const record = await readRunRecord(connection.store, connection.tenant, runId);
  const known = record?.updates?.find(([applied]) => applied === id);
  if (known === undefined) throw ended(act, runId);
  return known[1] as T;
}

interface Parcel {
  readonly update: string;
  readonly id: string;
  readonly body: Json;
}

/** As long as a server or a worker may be away before the sender hears of it. */
const PATIENCE_MS = 30_000;

/** Sends it again, under its id, when it is not known whether it arrived. */
async function send<T>(connection: Connection, workflowId: string, { update, id, body }: Parcel): Promise<T> {
  const handle = connection.client.workflow.getHandle(workflowId);
  const givesUpAt = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      const options = { args: [body] as [Json], updateId: id };
      return await callTemporal(connection, () => handle.executeUpdate<T, [Json]>(update, options));
    } catch (error) {
      if (!isPassing(error) || Date.now() > givesUpAt) throw refusalOf(error);
    }
    await delay(AGAIN_MS);
  }
}

/** What the run itself refused has one of our codes. */
function refusalOf(error: unknown): unknown {
  const cause = error instanceof WorkflowUpdateFailedError ? error.cause : undefined;
  if (!(cause instanceof ApplicationFailure) || !isErrorCode(cause.type)) return error;
  return new PipelineError(cause.type, cause.message, { cause: error });
}
