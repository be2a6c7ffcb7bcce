import type { Database } from '../../../../activities/tools/database.ts';
import type { ErrorCode } from '../../../../src/errors.ts';
import type { Json } from '../../../../src/pipeline/json.ts';
import type { Postgres } from '../../../postgres.ts';

/** An input that somebody means harm with, and what it is refused with. */
export interface Attack {
  readonly name: string;
  readonly tool: string;
  readonly input: Json;
  readonly code: ErrorCode;
  readonly message?: RegExp;
}

/** What the attacks on `sql.query` find: the same server, for reading, for writing, and with all rights of its owner. */
export function attackedDatabases({ userUrl, adminUrl }: Postgres): Readonly<Record<string, Database>> {
  return {
    shop: { url: userUrl, isWritable: false },
    till: { url: userUrl, isWritable: true },
    vault: { url: adminUrl, isWritable: true },
  };
}

type Refusal = readonly [code: ErrorCode, message?: RegExp];

const shell = (name: string, command: readonly string[], [code, message = /./u]: Refusal): Attack => {
  return { name, tool: 'shell.run', input: { command }, code, message };
};

const python = (name: string, code: string, message: RegExp): Attack => ({
  name,
  tool: 'code.python',
  input: { code },
  code: 'TOOL_INPUT_INVALID',
  message,
});

const sql = (name: string, input: Readonly<Record<string, Json>>, message: RegExp): Attack => ({
  name,
  tool: 'sql.query',
  input: { database: 'shop', ...input },
  code: 'TOOL_INPUT_INVALID',
  message,
});

const SHELL: readonly Attack[] = [
  shell('a line of a shell as a program', ['echo hi; id'], ['FILE_NOT_FOUND', /no such program on the PATH/u]),
  shell('a substitution as a program', ['$(id)'], ['FILE_NOT_FOUND']),
  shell('a word that only a shell knows', ['eval', 'id'], ['FILE_NOT_FOUND']),
  shell('an option where a program is expected', ['-c', 'id'], ['FILE_NOT_FOUND']),
  shell('two hyphens where a program is expected', ['--', 'id'], ['FILE_NOT_FOUND']),
  shell('an empty name', ['', 'id'], ['FILE_NOT_FOUND']),
  shell('an assignment before a program', ['PATH=/tmp', 'id'], ['FILE_NOT_FOUND']),
  shell('an absolute program', ['/bin/sh', '-c', 'id'], ['PATH_REFUSED', /must be relative/u]),
  shell('a program above the workspace', ['../../bin/sh'], ['PATH_REFUSED', /"\.\." is not allowed/u]),
  shell(
    'a program behind a link out of the workspace',
    ['outside/sh'],
    ['PATH_REFUSED', /leads out of the workspace/u],
  ),
  shell('a NUL in an argument', ['echo', 'a\0b'], ['TOOL_INPUT_INVALID', /NUL character/u]),
  shell(
    'arguments without an end',
    ['echo', 'x'.repeat(3_000_000)],
    ['TOOL_OUTPUT_INVALID', /arguments are too long/u],
  ),
  shell('a flood of output', ['yes'], ['TOOL_OUTPUT_INVALID', /prints more than 4 MiB to stdout/u]),
  shell('a flood of errors', ['sh', '-c', 'yes >&2'], ['TOOL_OUTPUT_INVALID', /prints more than 4 MiB to stderr/u]),
  shell(
    'more processes than a step may have',
    ['sh', '-c', 'for n in $(seq 200); do sleep 60 & done; wait'],
    ['TOOL_OUTPUT_INVALID', /starts more than 64 processes/u],
  ),
  { name: 'no shell at all', tool: 'shell.run', input: { command: 'id; id' }, code: 'TOOL_INPUT_INVALID' },
  { name: 'no command', tool: 'shell.run', input: { command: [] }, code: 'TOOL_INPUT_INVALID' },
  {
    name: 'an environment of its own',
    tool: 'shell.run',
    input: { command: ['id'], env: { LD_PRELOAD: '/tmp/x.so' } },
    code: 'TOOL_INPUT_INVALID',
    message: /no such key as "env"/u,
  },
  ...['..', '/etc', 'outside', 'a/../../b'].map((cwd): Attack => {
    return { name: `the folder ${cwd}`, tool: 'shell.run', input: { command: ['id'], cwd }, code: 'PATH_REFUSED' };
  }),
];

const PYTHON: readonly Attack[] = [
  python('a secret of the environment', 'import os\nreturn os.environ["ORCHESTRATOR_SECRET_KEY"]', /KeyError/u),
  python(
    'more processes than code may have',
    'import os, time\nfor n in range(100):\n  if os.fork() == 0: time.sleep(60)\ntime.sleep(60)',
    /starts more than 16 processes/u,
  ),
  python('a bomb of memory', 'return len(bytearray(10 ** 11))', /MemoryError/u),
  python('a number that takes all memory', 'return 1 << (1 << 40)', /MemoryError|OverflowError/u),
  python('a flood of output', 'while True: print("x" * 10000)', /prints more than 10 MiB/u),
  python('a value without an end', 'return "x" * 20000000', /prints more than 10 MiB/u),
  python('a recursion without an end', 'def f(): return f()\nreturn f()', /RecursionError/u),
  python(
    'a file',
    'import tempfile\nwith tempfile.TemporaryFile() as f: f.write(b"x")',
    /No usable temporary directory/u,
  ),
  python('an end without a value', 'import os\nos._exit(0)', /without a value/u),
  python('a value that is none', 'return {1, 2}', /set is not JSON serializable/u),
  python('a reply that is forged', 'import os\nos.write(3, b"[")\nos._exit(0)', /without a value/u),
  python('the path of a library', 'from json import nope', /\(\.\.\.\/json\/__init__\.py\)/u),
  python('code that ends the function', 'pass\n"""', /SyntaxError/u),
];

const SQL: readonly Attack[] = [
  sql('two statements', { query: 'SELECT 1; DROP TABLE goods' }, /multiple commands/u),
  sql('two statements with a comment', { query: 'SELECT 1 --\n; DELETE FROM goods' }, /multiple commands/u),
  sql('a statement that writes', { query: 'DELETE FROM goods' }, /syntax error.*only/u),
  sql('a query that writes', { query: 'WITH x AS (DELETE FROM goods RETURNING 1) SELECT * FROM x' }, /data-modifying/u),
  sql('a query that locks', { query: 'SELECT * FROM goods FOR UPDATE' }, /read-only transaction/u),
  sql('a function that writes', { query: "SELECT nextval('numbers')" }, /read-only transaction/u),
  sql(
    'an end of being read-only',
    { query: "SELECT set_config('transaction_read_only', 'off', false)" },
    /read-write/u,
  ),
  sql('an end of the transaction', { query: 'COMMIT' }, /syntax error/u),
  sql('a block of code', { query: 'DO $$ BEGIN DELETE FROM goods; END $$' }, /syntax error/u),
  sql('a program on the server', { database: 'vault', query: "COPY (SELECT 1) TO PROGRAM 'id'" }, /syntax error/u),
  sql(
    'a program on the server, by who may write',
    { database: 'vault', mode: 'write', query: "COPY (SELECT 1) TO PROGRAM 'id'" },
    /syntax error/u,
  ),
  sql('a new user', { database: 'vault', mode: 'write', query: 'CREATE ROLE evil SUPERUSER' }, /syntax error/u),
  sql('a file of the server', { query: "SELECT pg_read_file('/etc/passwd')" }, /permission denied/u),
  sql('a directory of the server', { query: "SELECT pg_ls_dir('/')" }, /permission denied/u),
  sql(
    'a parameter as a piece of SQL',
    { query: 'SELECT id FROM goods WHERE id = $1', params: ['1 OR true'] },
    /integer/u,
  ),
  sql('a parameter as a name of a table', { query: 'SELECT * FROM $1', params: ['goods'] }, /syntax error/u),
  sql('parameters that are missing', { query: 'SELECT $1::int' }, /supplies 0 parameters/u),
  {
    name: 'rows without an end',
    tool: 'sql.query',
    input: {
      database: 'shop',
      query: 'WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n) SELECT i FROM n',
    },
    code: 'TOOL_OUTPUT_INVALID',
    message: /more than 10000 rows/u,
  },
  {
    name: 'a value that fills the memory',
    tool: 'sql.query',
    input: { database: 'shop', query: "SELECT repeat('x', 30000000)" },
    code: 'TOOL_OUTPUT_INVALID',
    message: /more than 16777216 bytes/u,
  },
  {
    name: 'writing where nobody may write',
    tool: 'sql.query',
    input: { database: 'shop', mode: 'write', query: 'DELETE FROM goods' },
    code: 'TOOL_NOT_ALLOWED',
  },
  ...['postgres://evil.example/x', '../shop', 'toString', 'SHOP'].map((database): Attack => {
    const input = { database, query: 'SELECT 1' };
    return { name: `the database ${database}`, tool: 'sql.query', input, code: 'TOOL_UNAVAILABLE' };
  }),
];

/**
 * `shell.run` and `code.python` are allowed where these are tried, the workspace has a link `outside` to `/bin`, the
 * databases are `attackedDatabases`, and there is a table `goods` and a sequence `numbers`.
 */
export const osToolAttacks: readonly Attack[] = [...SHELL, ...PYTHON, ...SQL];
