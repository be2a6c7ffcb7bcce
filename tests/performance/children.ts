import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { lastLines } from '../../src/local/background.ts';

/** A server or a worker: a process that ends with this one at the latest, unless this one is killed by force. */
export interface Child {
  readonly pid: number;
  /** Everything that it printed. */
  readonly log: string;
  /** Settles when it says so over its channel; rejects when it ends before. */
  readonly ready: Promise<void>;
  hasEnded(): boolean;
  /** Ends it: `SIGTERM` lets it finish what it has begun. */
  stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

export interface ChildProgram {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly log: string;
}

const POLITE_MS = 15_000;

/** Starts a process whose channel tells it when this one is gone. */
export async function startChild({ program, args, env, log }: ChildProgram): Promise<Child> {
  const file = await open(log, 'a');
  const child = spawn(program, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', file.fd, file.fd, 'ipc'],
  });
  await once(child, 'spawn');
  await file.close();
  const killAtExit = () => child.kill('SIGKILL');
  process.once('exit', killAtExit);
  child.once('exit', () => process.off('exit', killAtExit));
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  const ready = becomesReady(child, log);
  // Nobody need be waiting when it fails.
  ready.catch(() => undefined);
  return { pid: child.pid ?? NaN, log, ready, hasEnded, stop: (signal) => stop(child, signal, hasEnded) };
}

async function becomesReady(child: ChildProcess, log: string): Promise<void> {
  const ended = once(child, 'exit').then(async ([code, signal]) => {
    throw new Error(`the process ended with ${code ?? signal} before it was ready: ${await lastLines(log, 5)}`);
  });
  await Promise.race([once(child, 'message'), ended]);
}

async function stop(child: ChildProcess, signal: NodeJS.Signals, hasEnded: () => boolean): Promise<void> {
  if (hasEnded()) return;
  const ended = once(child, 'exit');
  const force = setTimeout(() => child.kill('SIGKILL'), POLITE_MS);
  child.kill(signal);
  await ended;
  clearTimeout(force);
}
