import { statfs } from 'node:fs/promises';
import { getSystemErrorMessage } from 'node:util';
import { PipelineError } from '../../src/errors.ts';

/** Does work in the store's folder; a fault of the file system becomes `STORE_UNAVAILABLE`. */
export async function reaching<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isDiskFault(error)) throw error;
    throw new PipelineError(
      'STORE_UNAVAILABLE',
      `Cannot use the artifact store in "${folder}": ${getSystemErrorMessage(error.errno)} (${error.code}, ${await freeSpace(folder)}); ` +
        'it must be a folder that the worker may write to, with space for what runs produce',
      { cause: error },
    );
  }
}

interface DiskFault extends Error {
  readonly errno: number;
  readonly code: string;
}

function isDiskFault(error: unknown): error is DiskFault {
  return error instanceof Error && 'errno' in error && typeof error.errno === 'number' && 'syscall' in error;
}

async function freeSpace(folder: string): Promise<string> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return `${Math.floor((bavail * bsize) / 1024)} KiB free`;
  } catch {
    // The folder itself may be what is missing; the fault is told all the same.
    return 'free space unknown';
  }
}
