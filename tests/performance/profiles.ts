import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { freePort, isListening } from '../../src/local/ports.ts';
import { prepareNamespace } from '../../src/local/temporal-namespace.ts';
import { serverArguments } from '../../src/local/temporal-settings.ts';
import { startChild, type Child } from './children.ts';

interface Place {
  readonly database: string;
  readonly port: number;
  readonly uiPort: number;
}

/** How a Temporal server can run: its arguments. */
export const PROFILES = {
  /** What the embedded default starts. */
  'tuned-file': serverArguments,
  /** What Temporal's own documentation starts, with a database file, so that a restart loses nothing either. */
  // prettier-ignore
  shipped: ({ database, port, uiPort }: Place) => [
    'server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--ui-port', String(uiPort),
    '--db-filename', database,
  ],
} as const satisfies Record<string, (place: Place) => string[]>;

export type ProfileName = keyof typeof PROFILES;

export interface Server {
  readonly address: string;
  readonly child: Child | undefined;
  stop(): Promise<void>;
}

const START_MAX_MS = 30_000;
const POLL_MS = 25;

/** Starts a server of its own for a profile, on free ports, with its database in `folder`. */
export async function startServer(profile: ProfileName, program: string, folder: string): Promise<Server> {
  await mkdir(folder, { recursive: true });
  const [port, uiPort] = [await freePort(), await freePort()];
  const args = PROFILES[profile]({ database: join(folder, 'temporal.db'), port, uiPort });
  const child = await startChild({ program, args, env: {}, log: join(folder, 'temporal.log') });
  const address = `127.0.0.1:${port}`;
  try {
    await Promise.race([child.ready, untilPrepared(address)]);
  } catch (error) {
    await child.stop('SIGKILL');
    throw error;
  }
  return { address, child, stop: () => child.stop('SIGTERM') };
}

async function untilPrepared(address: string): Promise<void> {
  const deadline = Date.now() + START_MAX_MS;
  while (!(await isListening(address)) && Date.now() < deadline) await delay(POLL_MS);
  const connection = await Connection.connect({ address, connectTimeout: START_MAX_MS });
  await prepareNamespace(connection, 'default');
  await connection.close();
}
