import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from '../src/client.ts';
import { hasWorker } from '../src/living-workers.ts';

export interface WorkerProcess {
  readonly pid: number;
  /** Sends a signal and waits for the end; the exit code, or the signal that ended it. */
  stop(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | string>;
}

const ROOT = join(import.meta.dirname, '..');

/** Starts a real worker as a process of its own and waits until it takes work; `log` gets all that it prints. */
export async function startWorkerProcess(
  connection: Connection,
  environment: Readonly<Record<string, string>>,
  log: string,
): Promise<WorkerProcess> {
  const child = spawn(process.execPath, [...process.execArgv, join(ROOT, 'src/cli/main.ts'), 'worker'], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const file = createWriteStream(log, { flags: 'a' });
  child.stdout.pipe(file, { end: false });
  child.stderr.pipe(file, { end: false });
  while (!(await hasWorker(connection))) {
    if (child.exitCode !== null) throw new Error(`the worker ended with ${child.exitCode}, see ${log}`);
    await delay(50);
  }
  return { pid: child.pid as number, stop: (signal) => stop(child, signal) };
}

async function stop(child: ChildProcess, signal: 'SIGKILL' | 'SIGTERM'): Promise<number | string> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode ?? (child.signalCode as string);
  const ended = once(child, 'exit');
  child.kill(signal);
  const [code, by] = (await ended) as [number | null, string | null];
  return code ?? (by as string);
}
