import { readFile } from 'node:fs/promises';
import type { CDPSession } from 'playwright-core';
import { durationText } from '../../src/pipeline/duration.ts';
import type { Exit } from './exit.ts';
import { unreadable } from './open-page.ts';

export interface BrowserLimits {
  readonly timeMs: number;
  readonly memoryMib: number;
  readonly bytesMax: number;
}

/** What is looked at while a browser works. */
export interface Watched {
  readonly signal: AbortSignal;
  readonly limits: BrowserLimits;
  readonly exit: Exit;
  readonly session: CDPSession;
}

const LOOK_MS = 200;
const MIB = 1024 * 1024;

/** Waits for work, and gives it up when it is cancelled or over a limit. Throws `TOOL_OUTPUT_INVALID`. */
export async function withinLimits<T>({ signal, limits, exit, session }: Watched, work: Promise<T>): Promise<T> {
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  const refuse = (reason: string): void => reject(unreadable(reason));
  const { timeMs, memoryMib, bytesMax } = limits;
  const timer = setTimeout(() => refuse(`it takes longer than ${durationText(timeMs)}`), timeMs);
  const look = async (): Promise<void> => {
    if (exit.bytesRead() > bytesMax) refuse(`it loads more than ${bytesMax} bytes`);
    if ((await memoryOf(session)) > memoryMib * MIB) refuse(`it needs more than ${memoryMib} MiB of memory`);
  };
  const watch = setInterval(() => void look(), LOOK_MS);
  const abort = (): void => reject(signal.reason);
  signal.addEventListener('abort', abort);
  try {
    signal.throwIfAborted();
    return await Promise.race([work, stopped]);
  } finally {
    signal.removeEventListener('abort', abort);
    clearTimeout(timer);
    clearInterval(watch);
    // It fails when the browser goes.
    work.catch(() => undefined);
  }
}

/** What its processes hold, where the system tells (Linux); what they share is counted once. */
async function memoryOf(session: CDPSession): Promise<number> {
  const { processInfo } = await session.send('SystemInfo.getProcessInfo').catch(() => ({ processInfo: [] }));
  const sizes = processInfo.map(async ({ id }) => {
    const text = await readFile(`/proc/${id}/smaps_rollup`, 'utf8').catch(() => '');
    return Number(/^Pss:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0) * 1024;
  });
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
