import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, readFile, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';

/** A server that outlives the command that starts it. */
export interface Background {
  readonly program: string;
  readonly args: readonly string[];
  /** Added to the environment of this process. */
  readonly env: Readonly<Record<string, string>>;
  /** What it prints is appended here. */
  readonly log: string;
}

export interface Started {
  readonly pid: number;
  /** True from the moment it has ended. */
  hasEnded(): boolean;
}

const LOG_BYTES_MAX = 10 * 1024 * 1024;

/** Starts a process in a session of its own, so that neither Ctrl-C nor the end of this process reaches it. */
export async function startBackground(background: Background): Promise<Started> {
  await mkdir(dirname(background.log), { recursive: true });
  await keepOneOldLog(background.log);
  const log = await open(background.log, 'a');
  try {
    const child = spawn(background.program, background.args, {
      env: { ...process.env, ...background.env },
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    });
    await once(child, 'spawn');
    child.unref();
    return { pid: child.pid as number, hasEnded: () => child.exitCode !== null || child.signalCode !== null };
  } finally {
    await log.close();
  }
}

/** The end of a log, for an error's sentence. */
export async function lastLines(log: string, lines: number): Promise<string> {
  const text = await readFile(log, 'utf8');
  return text.trim().split('\n').slice(-lines).join('; ');
}

/**
 * Tells whether the process is still the one that was started: its command line must hold `mark`,
 * for process ids are used again.
 */
export async function isAlive(pid: number, mark: string): Promise<boolean> {
  return (await commandLineOf(pid)).includes(mark);
}

/** The whole command line of a process; empty when there is none. */
export async function commandLineOf(pid: number): Promise<string> {
  const { stdout } = await execa('ps', ['-ww', '-p', String(pid), '-o', 'command='], { reject: false });
  return stdout;
}

const POLL_MS = 50;
/** A server of Temporal takes a second to end, a worker up to 20 s. */
const PATIENCE_MS = 25_000;

/**
 * Ends the process if it is still the one that was started, and what it has left running; by force when that does
 * not end by itself. Returns whether there was anything to end.
 */
export async function stopBackground(pid: number, mark: string, patienceMs = PATIENCE_MS): Promise<boolean> {
  const found = await groupOf(pid, mark);
  if (found.includes(pid)) process.kill(pid, 'SIGTERM');
  const deadline = Date.now() + patienceMs;
  for (let left = found; left.length > 0; left = await groupOf(pid, mark)) {
    // Without its leader nobody else ends the rest of a group.
    if (!left.includes(pid) || Date.now() > deadline) for (const each of left) end(each);
    await delay(POLL_MS);
  }
  return found.length > 0;
}

/** The leader and its children share a process group, whose id is the leader's. */
async function groupOf(leader: number, mark: string): Promise<number[]> {
  const { stdout } = await execa('ps', ['-A', '-ww', '-o', 'pid=,pgid=,command=']);
  const rows = stdout.split('\n').map((row) => /^\s*(\d+)\s+(\d+)\s(.*)$/.exec(row));
  return rows.filter((row) => Number(row?.[2]) === leader && row?.[3]?.includes(mark)).map((row) => Number(row?.[1]));
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has just ended by itself.
  }
}

async function keepOneOldLog(log: string): Promise<void> {
  const bytes = await stat(log).then(
    ({ size }) => size,
    () => 0,
  );
  if (bytes > LOG_BYTES_MAX) await rename(log, `${log}.old`);
}
