import { randomUUID } from 'node:crypto';
import { link, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * Puts a whole file in place, or nothing: readers never see half of it, and after a power cut it is either
 * there or not. `temporary` is a folder on the same file system.
 */
export async function replaceFile(path: string, bytes: Uint8Array, temporary: string): Promise<void> {
  await withWrittenFile(bytes, temporary, async (written) => {
    await makeFolder(dirname(path));
    await rename(written, path);
    await syncFolder(dirname(path));
  });
}

/** The same, but false and no change when the file exists: of several writers exactly one gets true. */
export async function createFile(path: string, bytes: Uint8Array, temporary: string): Promise<boolean> {
  return withWrittenFile(bytes, temporary, async (written) => {
    await makeFolder(dirname(path));
    try {
      // Unlike a rename, a link never replaces what is there.
      await link(written, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    }
    await syncFolder(dirname(path));
    return true;
  });
}

async function withWrittenFile<T>(bytes: Uint8Array, folder: string, use: (path: string) => Promise<T>): Promise<T> {
  await makeFolder(folder);
  const path = join(folder, randomUUID());
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    return await use(path);
  } finally {
    await rm(path, { force: true });
  }
}

/** A new name survives a power cut only once the folder that holds it is on the disk, parents included. */
async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true });
  if (first === undefined) return;
  for (let made = folder; made.length >= first.length; made = dirname(made)) await syncFolder(dirname(made));
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
