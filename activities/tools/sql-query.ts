import { z } from 'zod';
import { PipelineError } from '../../src/errors.ts';
import type { Json } from '../../src/pipeline/json.ts';
import { AnyJson } from '../any-json.ts';
import { quote } from '../quote.ts';
import { readRows, writeRows } from '../sql/run-query.ts';
import { sqlFailure } from '../sql/sql-failure.ts';
import { type QueryLimits, type Rows, TooMuchSent } from '../sql/transaction.ts';
import type { Database } from './database.ts';
import { defineTool, type ToolContext } from './tool.ts';

export const SQL_LIMITS: QueryLimits = { timeMs: 60_000, rowsMax: 10_000, bytesMax: 16 * 1024 * 1024 };
const QUERY_CHARACTERS_MAX = 100_000;
const PARAMS_MAX = 1000;

const SqlInput = z.strictObject({
  database: z.string().min(1).describe('A name that the worker knows: its operator sets ORCHESTRATOR_DATABASE_<NAME>'),
  query: z.string().min(1).max(QUERY_CHARACTERS_MAX).describe('One statement; values stand in it as $1, $2 and so on'),
  params: z
    .array(AnyJson)
    .max(PARAMS_MAX)
    .default([])
    .describe('The values; a list becomes an array of PostgreSQL, a map becomes JSON'),
  mode: z.enum(['read', 'write']).default('read').describe('`write` is for databases that may be written'),
});

export const sqlQuery = defineTool({
  name: 'sql.query',
  description: 'Asks a PostgreSQL database of the operator, or changes it where that is allowed.',
  effect: 'once',
  effectBy: { field: 'mode', values: { read: 'reads', write: 'once' }, absent: 'reads' },
  input: SqlInput,
  output: z.strictObject({
    rows: z.array(z.record(z.string(), AnyJson)).describe('Each a map by the names of the columns'),
    row_count: z.int().describe('Rows that were read or changed'),
  }),
  timeoutMs: 70_000,
  async run({ database: name, query, params, mode }, { signal, settings }) {
    const database = databaseNamed(settings.databases ?? {}, name);
    const isWrite = mode === 'write';
    if (isWrite && !database.isWritable) throw notWritable(name);
    const check = (rows: Rows): void => checkSize(name, rows);
    try {
      const asking = { limits: SQL_LIMITS, signal, check };
      const rows = await (isWrite ? writeRows : readRows)(database, { text: query, params }, asking);
      check(rows);
      return { rows: mapsOf(name, rows), row_count: Number(rows.rowCount) };
    } catch (error) {
      if (error instanceof PipelineError || signal.aborted) throw error;
      if (error instanceof TooMuchSent) throw tooMuch(name, `it gives more than ${SQL_LIMITS.bytesMax} bytes`);
      throw sqlFailure(error, { name, database, isWrite });
    }
  },
});

/** Throws `TOOL_UNAVAILABLE`; the names of the others are nobody's business. */
function databaseNamed(databases: NonNullable<ToolContext['settings']['databases']>, name: string): Database {
  const database = Object.hasOwn(databases, name) ? databases[name] : undefined;
  if (database !== undefined) return database;
  const is = 'this worker knows none of that name, set ORCHESTRATOR_DATABASE_<NAME> where it runs';
  throw new PipelineError('TOOL_UNAVAILABLE', `Cannot query database ${quote(name)}: ${is}`);
}

function notWritable(name: string): PipelineError {
  const is = `it is for reading, name it in ORCHESTRATOR_WRITABLE_DATABASES where the worker runs`;
  return new PipelineError('TOOL_NOT_ALLOWED', `Cannot write to database "${name}": ${is}`);
}

function tooMuch(name: string, reason: string): PipelineError {
  return new PipelineError('TOOL_OUTPUT_INVALID', `Cannot query database "${name}": ${reason}, limit the query`);
}

function checkSize(name: string, { rows }: Rows): void {
  if (rows.length > SQL_LIMITS.rowsMax) throw tooMuch(name, `it gives more than ${SQL_LIMITS.rowsMax} rows`);
}

/** Two columns of one name would leave one of them out. */
function mapsOf(name: string, { fields, rows }: Rows): Record<string, Json>[] {
  const columns = fields.map((field) => field.name);
  const twice = columns.find((column, index) => columns.indexOf(column) < index);
  if (twice !== undefined) {
    const reason = `two of its columns are called ${quote(twice)}, give each a name of its own with AS`;
    throw new PipelineError('TOOL_INPUT_INVALID', `Cannot query database "${name}": ${reason}`);
  }
  return rows.map((row) => Object.fromEntries(columns.map((column, index) => [column, row[index] as Json])));
}
