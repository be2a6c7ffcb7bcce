import { mkdir, statfs } from 'node:fs/promises';
import { PipelineError } from '../errors.ts';
import { formatMegabytes } from './progress.ts';

/** Below this the embedded server is not started: on a full disk its clients see nothing but a hang. */
export const FREE_BYTES_MIN = 200 * 1024 * 1024;

/** Free space, in bytes, where a folder is (or will be: it is made). */
export async function freeBytes(folder: string): Promise<number> {
  await mkdir(folder, { recursive: true });
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** Throws `SETUP_FAILED` when there is less free space than `wanted` bytes. */
export async function requireFreeSpace(folder: string, wanted: number): Promise<void> {
  const free = await freeBytes(folder);
  if (free >= wanted) return;
  throw new PipelineError(
    'SETUP_FAILED',
    `Cannot keep runs in "${folder}": ${formatMegabytes(free)} are free on that disk, at least ${formatMegabytes(wanted)} are needed`,
  );
}
