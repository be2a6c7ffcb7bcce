import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { delimiter } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { PipelineError } from '../../src/errors.ts';
import { durationText } from '../../src/pipeline/duration.ts';
import { isolationPrefix, processCap, programFolders } from './isolation.ts';
import { processTree } from './process-tree.ts';
import { sendSignal } from './send-signal.ts';

/** What a command may use. */
export interface ProcessLimits {
  /** By the clock. */
  readonly timeMs: number;
  /** Of processor time, for each process. */
  readonly cpuSeconds: number;
  /** All of its processes together. */
  readonly memoryMib: number;
  /** At a time. */
  readonly processes: number;
  /** Of each file that it writes. */
  readonly fileMib: number;
  /** Of what it prints, for each of the two streams. */
  readonly outputMib: number;
}

export interface Command {
  /** A full path, so that nobody looks for it elsewhere. */
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** All of its environment besides `PATH` and `LANG`. */
  readonly environment: Readonly<Record<string, string>>;
  readonly stdin: string;
  readonly hasNetwork: boolean;
}

export interface Running {
  readonly limits: ProcessLimits;
  readonly signal: AbortSignal;
  readonly heartbeat: (counters: Readonly<Record<string, number>>) => void;
  /** The error of a command that needs more than it may have; `reason` is the second half of its sentence. */
  readonly refuse: (reason: string) => PipelineError;
}

export interface Ended {
  /** As a shell tells it: 128 and the number of the signal for what a signal has ended. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

type Child = ChildProcessWithoutNullStreams & { readonly pid: number };

/** How often a running command is looked at, in milliseconds. */
const LOOK_MS = 100;
/** Between the request to end and the end. */
const GRACE_MS = 2000;
/** Who has left its process group may hold the streams open; so long they are waited for. */
const CLOSE_MS = 1000;
const MIB = 1024 * 1024;

/**
 * Runs a program in a process group of its own, where no shell reads any of it, and ends all of it when it is done,
 * cancelled, or over a limit.
 */
export async function runProcess(command: Command, running: Running): Promise<Ended> {
  const { limits, signal, heartbeat, refuse } = running;
  const child = await start(command, running);
  const closed = once(child, 'close');
  const { promise: stopped, reject: stop } = Promise.withResolvers<never>();
  const exceed = (reason: string): void => {
    killAll(child, 'SIGKILL');
    stop(refuse(reason));
  };
  const print = (stream: string) => (): void => exceed(`it prints more than ${limits.outputMib} MiB to ${stream}`);
  const stdout = collect(child.stdout, limits.outputMib * MIB, print('stdout'));
  const stderr = collect(child.stderr, limits.outputMib * MIB, print('stderr'));
  const timer = setTimeout(() => stop(refuse(`it takes longer than ${durationText(limits.timeMs)}`)), limits.timeMs);
  const watch = setInterval(() => {
    heartbeat({ stdoutBytes: stdout.bytes, stderrBytes: stderr.bytes });
    const reason = excess(child, limits);
    if (reason !== undefined) exceed(reason);
  }, LOOK_MS);
  const abort = (): void => stop(signal.reason);
  signal.addEventListener('abort', abort);
  if (signal.aborted) abort();
  try {
    const exitCode = await Promise.race([exitOf(child), stopped]);
    const reason = EXCESSES[exitCode]?.(limits);
    if (reason !== undefined) throw refuse(reason);
    await finish(child, closed);
    return { exitCode, stdout: stdout.text(), stderr: stderr.text() };
  } finally {
    signal.removeEventListener('abort', abort);
    clearTimeout(timer);
    clearInterval(watch);
    await end(child);
  }
}

/** Numbers that are ours only; the program and its arguments come after, as they are. `exit` keeps the shell from making way for them. */
function script({ cpuSeconds, memoryMib, fileMib }: ProcessLimits): string {
  const limits = [
    '-c 0',
    `-H -t ${cpuSeconds + 1}`,
    `-S -t ${cpuSeconds}`,
    `-d ${memoryMib * 1024}`,
    // In blocks of 512 bytes.
    `-f ${fileMib * 2048}`,
  ];
  // A system that lacks one of them, or is stricter by itself, goes on.
  return `${limits.map((limit) => `ulimit ${limit} 2>/dev/null`).join('; ')}; "$@"; exit $?`;
}

async function start(command: Command, { limits, refuse }: Running): Promise<Child> {
  const prefix = await isolationPrefix(command.hasNetwork);
  // Programs give way to the worker: it could not end what multiplies while it has no turn.
  const shell = ['nice', '-n', '19', '/bin/sh', '-c', script(limits), 'sh'];
  const cap = processCap(limits.processes, { isIsolated: prefix.length > 0, isRoot: process.getuid?.() === 0 });
  const [program, ...args] = [...prefix, ...cap, ...shell, command.program, ...command.args] as [string, ...string[]];
  const env = { ...command.environment, PATH: programFolders().join(delimiter), LANG: 'C.UTF-8' };
  try {
    const child = spawn(program, args, { cwd: command.cwd, env, detached: true });
    // Who does not read what is given to it closes the stream, which is its own affair.
    child.stdin.on('error', () => undefined);
    child.stdin.end(command.stdin);
    await once(child, 'spawn');
    return child as Child;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw refuse(code === 'E2BIG' ? 'its arguments are too long' : `the system does not start it (${code})`);
  }
}

function collect(stream: Readable, bytesMax: number, onFlood: () => void): { readonly bytes: number; text(): string } {
  const chunks: Buffer[] = [];
  let bytes = 0;
  stream.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= bytesMax) chunks.push(chunk);
    else onFlood();
  });
  return {
    get bytes() {
      return bytes;
    },
    text: () => Buffer.concat(chunks).toString(),
  };
}

function excess({ pid }: Child, { processes, memoryMib }: ProcessLimits): string | undefined {
  const tree = processTree(pid, { enough: processes + 1 });
  if (tree.length > processes) return `it starts more than ${processes} processes`;
  const bytes = tree.reduce((sum, { residentBytes }) => sum + residentBytes, 0);
  return bytes > memoryMib * MIB ? `it needs more than ${memoryMib} MiB of memory` : undefined;
}

/** What the kernel ends a process with, by the exit code. */
const EXCESSES: Readonly<Record<number, (limits: ProcessLimits) => string>> = {
  [128 + constants.signals.SIGXCPU]: ({ cpuSeconds }) => `it needs more than ${cpuSeconds}s of processor time`,
  [128 + constants.signals.SIGXFSZ]: ({ fileMib }) => `it writes a file of more than ${fileMib} MiB`,
};

async function exitOf(child: Child): Promise<number> {
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  return code ?? 128 + constants.signals[signal as NodeJS.Signals];
}

/** Reads to the end what is printed already; what the command has left running is ended. */
async function finish(child: Child, closed: Promise<unknown>): Promise<void> {
  killAll(child, 'SIGKILL');
  await Promise.race([closed, delay(CLOSE_MS, undefined, { ref: false })]);
}

async function end(child: Child): Promise<void> {
  const exited = hasEnded(child) ? Promise.resolve() : once(child, 'exit');
  killAll(child, 'SIGTERM');
  const late = setTimeout(() => killAll(child, 'SIGKILL'), GRACE_MS);
  await exited;
  clearTimeout(late);
  killAll(child, 'SIGKILL');
  child.stdout.destroy();
  child.stderr.destroy();
}

function hasEnded({ exitCode, signalCode }: Child): boolean {
  return exitCode !== null || signalCode !== null;
}

/** The group at once, since one by one some would go on to start others; and whoever has left it. */
function killAll({ pid }: Child, signal: 'SIGTERM' | 'SIGKILL'): void {
  // Before anybody is looked for: that takes longer the longer the group goes on.
  sendSignal(-pid, signal);
  for (const each of processTree(pid)) sendSignal(each.pid, signal);
}
