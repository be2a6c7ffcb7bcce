import { statSync } from 'node:fs';
import { appendFile, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from '../client.ts';
import type { Config } from '../config.ts';
import { PipelineError } from '../errors.ts';
import { hasWorker } from '../living-workers.ts';
import { lastLines, startBackground, stopBackground, type Started } from '../local/background.ts';

const WORKER_ARGS = ['worker', '--idle-exit', '10m'] as const;
/** How a process is known to be one of these workers. */
const MARK = WORKER_ARGS.join(' ');
const POLL_MS = 100;
const TEND_MS = 5000;

export interface WantedWorker {
  readonly config: Config;
  readonly connection: Connection;
  /** What it must know besides the environment of this process. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Tells people something on the side. */
export type Note = (text: string) => void;

/**
 * Makes sure that somebody works on the runs: a worker that is started here lives on after this process,
 * whether it ends by itself or by Ctrl-C. False when somebody did already. Throws `SETUP_FAILED`.
 */
export async function ensureWorker({ config, connection, environment }: WantedWorker, note: Note): Promise<boolean> {
  if (await hasWorker(connection)) return false;
  const log = join(config.folders.state, 'worker.log');
  const args = [...process.execArgv, process.argv[1] as string, ...WORKER_ARGS];
  const env = { ...environment, ...ownEnvironment(config) };
  const worker = await startBackground({ program: process.execPath, args, env, log });
  await appendFile(pidFile(config), `${worker.pid}\n`);
  note(`Starting a worker in the background: process ${worker.pid}, log ${log}`);
  await untilReady(connection, { worker, log });
  return true;
}

/** Says that the workers of the background may not know the tools as they are now. */
export function noteOlder(config: Config, note: Note): void {
  const { own } = config;
  if (own === undefined) return;
  const started = statSync(pidFile(config), { throwIfNoEntry: false });
  if (started === undefined || statSync(own.file).mtimeMs <= started.mtimeMs) return;
  note(`${own.file} has changed since a worker was started, which does not know: \`dev stop\` ends it`);
}

/** What tells a worker of the same tools and checks, wherever it runs. */
function ownEnvironment({ own, taskQueue }: Config): Readonly<Record<string, string>> {
  return own === undefined ? {} : { ORCHESTRATOR_CONFIG: resolve(own.file), ORCHESTRATOR_TASK_QUEUE: taskQueue };
}

/** Sees to it that a run does not stand still when its worker dies; goes on until the signal fires. */
export async function tendWorker(wanted: WantedWorker, note: Note, signal: AbortSignal): Promise<undefined> {
  while (!signal.aborted) {
    await delay(TEND_MS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    await ensureWorker(wanted, note).catch((error: unknown) => {
      // Whoever follows the run decides how long the server may be away.
      if (!(error instanceof PipelineError && error.code === 'TEMPORAL_UNAVAILABLE')) throw error;
      note(error.message);
    });
  }
}

/** Stops the workers that were started in the background; returns how many there were. */
export async function stopWorkers(config: Config): Promise<number> {
  const file = pidFile(config);
  const pids = await readFile(file, 'utf8').then((text) => text.split('\n').filter(Boolean).map(Number), noPids);
  const stopped = await Promise.all(pids.map((pid) => stopBackground(pid, MARK)));
  await rm(file, { force: true });
  return stopped.filter(Boolean).length;
}

/** No worker was ever started. */
function noPids(): readonly number[] {
  return [];
}

function pidFile(config: Config): string {
  return join(config.folders.state, 'workers.pid');
}

async function untilReady(connection: Connection, { worker, log }: { worker: Started; log: string }): Promise<void> {
  while (!(await hasWorker(connection))) {
    if (worker.hasEnded()) {
      const said = await lastLines(log, 3);
      throw new PipelineError('SETUP_FAILED', `Cannot start a worker: it ended; ${log} ends with: ${said}`);
    }
    await delay(POLL_MS);
  }
}
