import assert from 'node:assert/strict';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { Database } from '../../../activities/tools/database.ts';
import { runTool } from '../../../activities/tools/run-tool.ts';
import { sqlQuery } from '../../../activities/tools/sql-query.ts';
import type { Json } from '../../../src/pipeline/json.ts';
import { PASSWORD, type Postgres, startPostgres } from '../../postgres.ts';
import { toolContext } from './surroundings.ts';

describe('sql.query', () => {
  let postgres: Postgres;
  let databases: Record<string, Database>;

  before(async () => {
    postgres = await startPostgres();
    await postgres.run(`CREATE TABLE goods (id int PRIMARY KEY, name text, tags text[], facts jsonb);
      INSERT INTO goods VALUES (1, 'tea', '{a,NULL}', '{"kg": 1}'), (2, 'O''Hara', NULL, NULL);
      ALTER TABLE goods OWNER TO someone`);
    const { userUrl } = postgres;
    databases = { shop: { url: userUrl, isWritable: false }, till: { url: userUrl, isWritable: true } };
  });

  after(() => postgres.close());

  const ask = (input: Readonly<Record<string, Json>>, signal = new AbortController().signal): Promise<Json> =>
    runTool(sqlQuery, { database: 'shop', ...input }, toolContext('/', { settings: { databases }, signal }));
  const rowsOf = async (query: string, params: Json[] = []): Promise<Json> =>
    ((await ask({ query, params })) as { rows: Json }).rows;

  it('gives rows by the names of their columns, and their number', async () => {
    assert.deepEqual(await ask({ query: 'SELECT * FROM goods ORDER BY id' }), {
      rows: [
        { id: 1, name: 'tea', tags: ['a', null], facts: { kg: 1 } },
        { id: 2, name: "O'Hara", tags: null, facts: null },
      ],
      row_count: 2,
    });
  });

  it('binds what is not its own', async () => {
    for (const name of ["O'Hara", "'; DROP TABLE goods; --"]) {
      const rows = await rowsOf('SELECT count(*) AS n, $1 AS name FROM goods WHERE name = $1', [name]);
      assert.deepEqual(rows, [{ n: name === "O'Hara" ? 1 : 0, name }]);
    }
    assert.deepEqual(await rowsOf('SELECT id FROM goods WHERE id = ANY($1::int[])', [[2, 3]]), [{ id: 2 }]);
  });

  for (const { type, value } of [
    { type: 'true::bool', value: true },
    { type: '7::int2', value: 7 },
    { type: '9007199254740991::int8', value: 9007199254740991 },
    { type: '9007199254740993::int8', value: '9007199254740993' },
    { type: '1.10::numeric', value: '1.10' },
    { type: '1.5::float4', value: 1.5 },
    { type: "'NaN'::float8", value: 'NaN' },
    { type: "'2026-01-02'::date", value: '2026-01-02' },
    { type: "'2026-01-02 03:04:05.6'::timestamp", value: '2026-01-02T03:04:05.6' },
    { type: "'2026-01-02 03:04:05+02'::timestamptz", value: '2026-01-02T01:04:05Z' },
    { type: "'1 day 2 hours'::interval", value: 'P1DT2H' },
    { type: "'\\x00ff'::bytea", value: 'AP8=' },
    { type: `'{"a": [1]}'::json`, value: { a: [1] } },
    { type: 'NULL::text', value: null },
    {
      type: 'array[[1, 2], [3, NULL]]::int[]',
      value: [
        [1, 2],
        [3, null],
      ],
    },
    { type: "array['a,b', '\"']", value: ['a,b', '"'] },
    { type: "'10.0.0.1'::inet", value: '10.0.0.1' },
  ]) {
    it(`gives ${type} as JSON`, async () => assert.deepEqual(await rowsOf(`SELECT ${type} AS v`), [{ v: value }]));
  }

  it('writes where that is allowed, and keeps it', async () => {
    const query = 'INSERT INTO goods VALUES ($1, $2, $3, $4) RETURNING id';
    const input = { database: 'till', mode: 'write', query, params: [3, 'rice', ['b'], { kg: 2 }] };
    assert.deepEqual(await ask(input), { rows: [{ id: 3 }], row_count: 1 });
    assert.deepEqual(await rowsOf('SELECT facts FROM goods WHERE id = 3'), [{ facts: { kg: 2 } }]);
    assert.deepEqual(await ask({ database: 'till', mode: 'write', query: 'DELETE FROM goods WHERE id = 3' }), {
      rows: [],
      row_count: 1,
    });
  });

  it('keeps nothing of what gives too many rows', async () => {
    const query = "INSERT INTO goods SELECT g, 'x' FROM generate_series(10, 20010) g RETURNING id";
    await assert.rejects(ask({ database: 'till', mode: 'write', query }), {
      code: 'TOOL_OUTPUT_INVALID',
      message: 'Cannot query database "till": it gives more than 10000 rows, limit the query',
    });
    assert.deepEqual(await rowsOf('SELECT count(*) AS n FROM goods'), [{ n: 2 }]);
  });

  for (const { name, input, code, message } of [
    {
      name: 'where a query is wrong',
      input: { query: 'SELECT nothing FROM goods' },
      code: 'TOOL_INPUT_INVALID',
      message: 'Cannot query database "shop": column "nothing" does not exist (character 8)',
    },
    {
      name: 'what may be asked',
      input: { query: 'INSERT INTO goods VALUES (9)' },
      code: 'TOOL_INPUT_INVALID',
      message:
        'Cannot query database "shop": syntax error at or near "INSERT" (character 1); one SELECT, VALUES, TABLE or WITH is allowed, and others with `mode: write` only',
    },
    {
      name: 'what the server refuses',
      input: { database: 'till', mode: 'write', query: 'UPDATE goods SET id = 1' },
      code: 'TOOL_INPUT_INVALID',
      message: 'Cannot query database "till": duplicate key value violates unique constraint "goods_pkey"',
    },
    {
      name: 'that two columns have one name',
      input: { query: 'SELECT 1 AS a, 2 AS a' },
      code: 'TOOL_INPUT_INVALID',
      message: 'Cannot query database "shop": two of its columns are called "a", give each a name of its own with AS',
    },
    {
      name: 'that a database is for reading',
      input: { mode: 'write', query: 'DELETE FROM goods' },
      code: 'TOOL_NOT_ALLOWED',
      message:
        'Cannot write to database "shop": it is for reading, name it in ORCHESTRATOR_WRITABLE_DATABASES where the worker runs',
    },
    {
      name: 'that there is no such database',
      input: { database: 'store', query: 'SELECT 1' },
      code: 'TOOL_UNAVAILABLE',
      message:
        'Cannot query database "store": this worker knows none of that name, set ORCHESTRATOR_DATABASE_<NAME> where it runs',
    },
  ]) {
    it(`says ${name}`, async () => assert.rejects(ask(input), { code, message }));
  }

  it('tells nothing of the address of a database', async () => {
    for (const { url, code, message } of [
      {
        url: postgres.userUrl.replace(PASSWORD, 'another'),
        code: 'TOOL_UNAVAILABLE',
        message: 'the server refuses the user, the password or the database that the worker has',
      },
      {
        url: 'postgres://u:p@127.0.0.1:1/d',
        code: 'NETWORK_FAILED',
        message: 'its server cannot be reached (ECONNREFUSED)',
      },
      {
        url: 'postgres://u:p@nowhere.invalid/d',
        code: 'NETWORK_FAILED',
        message: /^its server cannot be reached \(E\w+\)$/u,
      },
    ]) {
      databases['wrong'] = { url, isWritable: false };
      await assert.rejects(
        ask({ database: 'wrong', query: 'SELECT 1' }),
        (error: { code: string; message: string }) => {
          const said = error.message.replace('Cannot query database "wrong": ', '');
          if (typeof message === 'string') assert.equal(said, message);
          else assert.match(said, message);
          return error.code === code;
        },
      );
    }
  });

  it('takes the password out of what the server says', async () => {
    const password = decodeURIComponent(PASSWORD);
    await assert.rejects(ask({ query: `SELECT '${password}'::int` }), {
      message: 'Cannot query database "shop": invalid input syntax for type integer: "[secret]" (character 8)',
    });
  });

  it('cancels a query on the server', async () => {
    const stop = new AbortController();
    const asking = ask({ query: 'SELECT pg_sleep(1000)' }, stop.signal);
    while ((await asleep()) === 0);
    stop.abort(new Error('cancelled'));
    await assert.rejects(asking);
    assert.equal(await asleep(), 0);
  });

  it('does not begin when it is cancelled already', async () => {
    await assert.rejects(ask({ query: 'SELECT 1' }, AbortSignal.abort(new Error('cancelled'))), {
      message: 'cancelled',
    });
  });

  it('ends while it connects', async () => {
    const silent = createServer();
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    databases['silent'] = { url: `postgres://u:p@127.0.0.1:${portOf(silent)}/d`, isWritable: false };
    await assert.rejects(ask({ database: 'silent', query: 'SELECT 1' }, AbortSignal.timeout(100)));
    silent.close();
  });

  it('says that a worker has no databases', async () => {
    await assert.rejects(runTool(sqlQuery, { database: 'shop', query: 'SELECT 1' }, toolContext('/')), {
      code: 'TOOL_UNAVAILABLE',
    });
  });

  const asleep = async (): Promise<number> => {
    const active = "state = 'active' AND pid <> pg_backend_pid() AND query LIKE 'FETCH%'";
    return Number((await postgres.run(`SELECT count(*) AS n FROM pg_stat_activity WHERE ${active}`))[0]?.['n']);
  };

  describe('behind a connection that breaks', () => {
    let proxy: Server;
    const sockets = new Set<Socket>();

    /** Lets everything through, until a message of the client holds `last`. */
    const open = async (last: string): Promise<void> => {
      const { hostname, port } = new URL(postgres.userUrl);
      proxy = createServer((client) => {
        const server = connect(Number(port), hostname);
        for (const socket of [client, server]) sockets.add(socket.on('error', () => undefined));
        client.on('data', (chunk) => {
          if (!chunk.includes(last)) return void server.write(chunk);
          for (const socket of [client, server]) socket.destroy();
        });
        server.pipe(client);
      });
      await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
      const url = new URL(postgres.userUrl);
      url.port = portOf(proxy);
      databases['shaky'] = { url: url.href, isWritable: true };
    };

    afterEach(() => {
      for (const socket of sockets) socket.destroy();
      proxy.close();
    });

    it('ends although the server cannot be told so', async () => {
      const stop = new AbortController();
      await open('nothing that is ever sent');
      const asking = ask({ database: 'shaky', query: 'SELECT pg_sleep(1000)' }, stop.signal);
      while ((await asleep()) === 0);
      proxy.close();
      stop.abort(new Error('cancelled'));
      await assert.rejects(asking);
      await postgres.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'FETCH%'");
    });

    for (const { name, last, mode, code } of [
      { name: 'while it reads, may be asked again', last: 'FETCH', mode: 'read', code: 'NETWORK_FAILED' },
      { name: 'before it commits, has changed nothing', last: 'PREPARE', mode: 'write', code: 'NETWORK_FAILED' },
      { name: 'while it commits, says that nobody knows', last: 'COMMIT', mode: 'write', code: 'TOOL_OUTCOME_UNKNOWN' },
    ]) {
      it(name, async () => {
        await open(last);
        await assert.rejects(ask({ database: 'shaky', mode, query: 'SELECT 1' }), { code });
      });
    }
  });
});

function portOf(server: Server): string {
  return String((server.address() as AddressInfo).port);
}
