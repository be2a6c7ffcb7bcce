import { Client, type ClientConfig, type QueryArrayResult } from 'pg';
import type { Json } from '../../src/pipeline/json.ts';
import type { Database } from '../tools/database.ts';
import { jsonParser } from './json-types.ts';

export interface QueryLimits {
  readonly timeMs: number;
  readonly rowsMax: number;
  /** That the server may send. */
  readonly bytesMax: number;
}

export type Rows = QueryArrayResult<Json[]>;

/** Sends one statement; what is bound to `$1` and so on is never part of its text. */
export type Send = (text: string, params?: readonly Json[]) => Promise<Rows>;

/** The server has sent more than it may. */
export class TooMuchSent extends Error {}

const CONNECT_MS = 10_000;
const CANCEL_MS = 3000;
/** A server that does not end a query in time by itself is left after so much more. */
const PATIENCE_MS = 5000;

interface Transaction {
  /** The statement that begins it. */
  readonly begin: string;
  readonly limits: QueryLimits;
  readonly signal: AbortSignal;
}

/**
 * Connects, works in a transaction, and disconnects, which undoes what is not committed. When the signal fires, the server
 * is told to stop what it does for us.
 */
export async function inTransaction<T>(
  database: Database,
  { begin, limits, signal }: Transaction,
  work: (send: Send) => Promise<T>,
): Promise<T> {
  const client = clientOf(database, { connectionTimeoutMillis: CONNECT_MS });
  const stopped = AbortSignal.any([signal, AbortSignal.timeout(limits.timeMs + PATIENCE_MS)]);
  stopped.throwIfAborted();
  let pid: number | undefined;
  const stop = (): void => void cancel(database, pid).finally(() => client.connection.stream.destroy());
  stopped.addEventListener('abort', stop);
  try {
    await client.connect();
    limitBytes(client, limits.bytesMax);
    const send: Send = (text, params = []) => client.query(statement(text, params));
    await send(begin);
    const { rows } = await send(SETUP, [String(limits.timeMs)]);
    [[pid]] = rows as [[number]];
    return await work(send);
  } finally {
    await client.end();
    stopped.removeEventListener('abort', stop);
  }
}

function clientOf({ url }: Database, times: Pick<ClientConfig, 'connectionTimeoutMillis' | 'query_timeout'>): Client {
  const client = new Client({ connectionString: url, application_name: 'orchestrator', ...times });
  // A connection that breaks is told to whoever waits for an answer.
  client.on('error', () => undefined);
  return client;
}

/** The extended protocol takes one statement only, with parameters or without. */
function statement(text: string, params: readonly Json[]) {
  const types = { getTypeParser: jsonParser as never };
  return { text, values: [...params], rowMode: 'array' as const, queryMode: 'extended', types };
}

/** What lasts as long as the transaction, so that whoever pools connections gets them back as they were. */
const SETUP = `SELECT pg_backend_pid(),
  set_config('statement_timeout', $1, true),
  set_config('idle_in_transaction_session_timeout', $1, true),
  set_config('cursor_tuple_fraction', '1', true),
  set_config('TimeZone', 'UTC', true),
  set_config('DateStyle', 'ISO, YMD', true),
  set_config('IntervalStyle', 'iso_8601', true),
  set_config('bytea_output', 'hex', true)`;

function limitBytes({ connection: { stream } }: Client, bytesMax: number): void {
  let bytes = 0;
  stream.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > bytesMax) stream.destroy(new TooMuchSent());
  });
}

/** By a second connection: the first one listens to nothing while a query runs. */
async function cancel(database: Database, pid: number | undefined): Promise<void> {
  if (pid === undefined) return;
  const client = clientOf(database, { connectionTimeoutMillis: CANCEL_MS, query_timeout: CANCEL_MS });
  try {
    await client.connect();
    await client.query('SELECT pg_cancel_backend($1)', [pid]);
  } catch {
    // The server ends the query at its `statement_timeout`.
  } finally {
    client.connection.stream.destroy();
  }
}
