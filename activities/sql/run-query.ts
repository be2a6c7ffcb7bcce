import { DatabaseError } from 'pg';
import { PipelineError } from '../../src/errors.ts';
import type { Json } from '../../src/pipeline/json.ts';
import type { Database } from '../tools/database.ts';
import { inTransaction, type QueryLimits, type Rows } from './transaction.ts';

export interface Query {
  readonly text: string;
  readonly params: readonly Json[];
}

export interface Asking {
  readonly limits: QueryLimits;
  readonly signal: AbortSignal;
}

/** Only a query may stand behind this: nothing that writes, and no `COPY`, which may run programs on the server. */
export const DECLARE = 'DECLARE orchestrator_rows NO SCROLL CURSOR FOR ';
/** Only what reads or changes rows may stand behind this. It is not run. */
export const PREPARE = 'PREPARE orchestrator_statement AS ';

/** Reads rows, one more than are allowed at most. Nothing is kept of what a function called in it may have written. */
export function readRows(database: Database, { text, params }: Query, { limits, signal }: Asking): Promise<Rows> {
  return inTransaction(database, { begin: 'BEGIN READ ONLY', limits, signal }, async (send) => {
    await send(`${DECLARE}${text}`, params);
    return send(`FETCH ${limits.rowsMax + 1} FROM orchestrator_rows`);
  });
}

/** Changes rows; `check` looks at what comes back, and throws where it must not be kept. Throws `TOOL_OUTCOME_UNKNOWN`. */
export function writeRows(
  database: Database,
  { text, params }: Query,
  { limits, signal, check }: Asking & { readonly check: (rows: Rows) => void },
): Promise<Rows> {
  return inTransaction(database, { begin: 'BEGIN READ WRITE', limits, signal }, async (send) => {
    await send(`${PREPARE}${text}`);
    const rows = await send(text, params);
    check(rows);
    await send('COMMIT').catch((error: unknown) => {
      if (error instanceof DatabaseError) throw error;
      throw unknownOutcome(error);
    });
    return rows;
  });
}

function unknownOutcome(cause: unknown): PipelineError {
  const message =
    'Cannot finish the query: the connection was lost while it was committed, and whether it was is not known';
  return new PipelineError('TOOL_OUTCOME_UNKNOWN', message, { cause });
}
