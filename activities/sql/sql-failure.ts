import { DatabaseError } from 'pg';
import { type ErrorCode, PipelineError } from '../../src/errors.ts';
import { secretsOfDatabase, type Database } from '../tools/database.ts';
import { DECLARE, PREPARE } from './run-query.ts';
import { createScrubber } from '../tools/scrub.ts';

export interface Queried {
  readonly name: string;
  readonly database: Database;
  readonly isWrite: boolean;
}

/** What is told of an error of the server, by the beginning of its code. */
const CLASSES: readonly { readonly codes: RegExp; readonly code: ErrorCode; readonly reason?: string }[] = [
  {
    codes: /^(?:28|3D)/u,
    code: 'TOOL_UNAVAILABLE',
    reason: 'the server refuses the user, the password or the database that the worker has',
  },
  { codes: /^57014/u, code: 'TOOL_INPUT_INVALID', reason: 'it takes longer than it may, or somebody has cancelled it' },
  // No room, a lock, a conflict with another transaction, a server that stops or starts.
  { codes: /^(?:08(?!P01)|40|53|55P03|57P|58)/u, code: 'TOOL_FAILED' },
];

const SYNTAX_ERROR = '42601';
const READS = 'one SELECT, VALUES, TABLE or WITH is allowed, and others with `mode: write` only';
const WRITES = 'one SELECT, VALUES, INSERT, UPDATE, DELETE or MERGE is allowed';

/** What a failed query means to a pipeline. Nothing of the address of the database is told. */
export function sqlFailure(error: unknown, { name, database, isWrite }: Queried): PipelineError {
  const failed = (code: ErrorCode, reason: string): PipelineError =>
    new PipelineError(code, `Cannot query database "${name}": ${reason}`, { cause: error });
  if (!(error instanceof DatabaseError)) return failed('NETWORK_FAILED', networkReason(error));
  const known = CLASSES.find(({ codes }) => codes.test(String(error.code)));
  const said = createScrubber(secretsOfDatabase(database)).sentence(error.message);
  const character = Number(error.position) - (isWrite ? PREPARE : DECLARE).length;
  const where = character > 0 ? ` (character ${character})` : '';
  const hint = error.code === SYNTAX_ERROR ? `; ${isWrite ? WRITES : READS}` : '';
  return failed(known?.code ?? 'TOOL_INPUT_INVALID', known?.reason ?? `${said}${where}${hint}`);
}

/** Messages of the system name hosts. */
function networkReason(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  return code === undefined ? 'the connection to its server is lost' : `its server cannot be reached (${code})`;
}
