import { setTimeout as delay } from 'node:timers/promises';
import { type Connection, isGrpcServiceError } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import proto from '@temporalio/proto';
import { PipelineError } from '../errors.ts';
import { RETENTION_DAYS, SEARCH_ATTRIBUTES } from './temporal-settings.ts';

const { IndexedValueType } = proto.temporal.api.enums.v1;
const RETENTION = msToTs(`${RETENTION_DAYS}d`);

/** A server that has just been started on a busy machine takes its time for the first answers. */
const PREPARE_MAX_MS = 60_000;
const REGISTER_MAX_MS = 15_000;

/**
 * Makes the embedded server's namespace as we need it: it exists, keeps ended runs for 30 days, and knows our
 * search attributes. Throws `SETUP_FAILED`.
 */
export async function prepareNamespace(connection: Connection, namespace: string): Promise<void> {
  try {
    await connection.withDeadline(Date.now() + PREPARE_MAX_MS, async () => {
      await ensureRetention(connection, namespace);
      await addMissing(connection, namespace);
    });
  } catch (cause) {
    throw new PipelineError('SETUP_FAILED', `Cannot prepare namespace "${namespace}": ${(cause as Error).message}`, {
      cause,
    });
  }
}

/** Registers those of our search attributes that are missing. Throws `SETUP_FAILED` when the server does not allow it. */
export async function registerSearchAttributes(connection: Connection, namespace: string): Promise<void> {
  try {
    await connection.withDeadline(Date.now() + REGISTER_MAX_MS, () => addMissing(connection, namespace));
  } catch (cause) {
    const names = Object.keys(SEARCH_ATTRIBUTES).join(', ');
    const advice = `add ${names} with "temporal operator search-attribute create"`;
    const message = `Cannot register search attributes in namespace "${namespace}": ${(cause as Error).message}; ${advice}`;
    throw new PipelineError('SETUP_FAILED', message, { cause });
  }
}

async function addMissing(connection: Connection, namespace: string): Promise<void> {
  const missing = await missingSearchAttributes(connection, namespace);
  if (missing.length === 0) return;
  const typed = missing.map((name) => [name, IndexedValueType[`INDEXED_VALUE_TYPE_${SEARCH_ATTRIBUTES[name]}`]]);
  await connection.operatorService.addSearchAttributes({ namespace, searchAttributes: Object.fromEntries(typed) });
}

type SearchAttributeName = keyof typeof SEARCH_ATTRIBUTES;

/** The names of our search attributes that a namespace does not know yet. */
export async function missingSearchAttributes(
  connection: Connection,
  namespace: string,
): Promise<SearchAttributeName[]> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const known = new Set(Object.keys(customAttributes));
  return (Object.keys(SEARCH_ATTRIBUTES) as SearchAttributeName[]).filter((name) => !known.has(name));
}

/** How many days a namespace keeps ended runs; undefined when there is no such namespace. */
export async function retentionDays(connection: Connection, namespace: string): Promise<number | undefined> {
  try {
    const { config } = await connection.workflowService.describeNamespace({ namespace });
    return Number(config?.workflowExecutionRetentionTtl?.seconds) / 86_400;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

async function ensureRetention(connection: Connection, namespace: string): Promise<void> {
  const days = await retentionDays(connection, namespace);
  if (days === undefined) {
    await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: RETENTION });
    await untilKnown(connection, namespace);
  } else if (days < RETENTION_DAYS) {
    await connection.workflowService.updateNamespace({
      namespace,
      config: { workflowExecutionRetentionTtl: RETENTION },
    });
  }
}

const POLL_MS = 100;

/** The server's parts learn of a new namespace one after the other. */
async function untilKnown(connection: Connection, namespace: string): Promise<void> {
  const deadline = Date.now() + PREPARE_MAX_MS;
  while (!(await isKnown(connection, namespace)) && Date.now() < deadline) await delay(POLL_MS);
}

async function isKnown(connection: Connection, namespace: string): Promise<boolean> {
  return await missingSearchAttributes(connection, namespace).then(
    () => true,
    () => false,
  );
}

const NOT_FOUND = [5];

function isNotFound(error: unknown): boolean {
  return isGrpcServiceError(error) && NOT_FOUND.includes(error.code);
}
