import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { lock } from 'proper-lockfile';
import type { Progress } from './progress.ts';

const STALE_MS = 20_000;
const POLL_MS = 250;

/** Runs `work` while no other process on this machine holds the same lock. The lock of a process that died is taken over. */
export async function withLock<T>(path: string, progress: Progress, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  const release = await acquire(path, progress);
  try {
    return await work();
  } finally {
    await release().catch(ignoreLost);
  }
}

async function acquire(path: string, progress: Progress): Promise<() => Promise<void>> {
  for (let isFirst = true; ; isFirst = false) {
    try {
      return await lock(path, { realpath: false, stale: STALE_MS, onCompromised: ignoreLost });
    } catch (error) {
      if (!isLocked(error)) throw error;
      if (isFirst) progress(`Waiting for another process that holds ${path}.lock`);
      await delay(POLL_MS);
    }
  }
}

function isLocked(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ELOCKED';
}

/** A machine that slept loses its lock. Whatever is made under a lock is put in place by an atomic rename, so two makers are only slower. */
function ignoreLost(): void {}
