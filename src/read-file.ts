import { closeSync, openSync, readSync } from 'node:fs';
import { PipelineError } from './errors.ts';
import { FILE_BYTES_MAX } from './pipeline/parse/text.ts';

/** Reads a file that a user named. Never more than is allowed, whatever the file is. Throws `FILE_UNREADABLE`. */
export function readFile(file: string, name = file, bytesMax = FILE_BYTES_MAX): Uint8Array {
  const bytes = readAtMost(file, name, bytesMax);
  if (bytes.length <= bytesMax) return bytes;
  throw new PipelineError(
    'FILE_UNREADABLE',
    `Cannot read "${name}": it is longer than the ${bytesMax} bytes that are allowed`,
  );
}

function readAtMost(file: string, name: string, bytesMax: number): Uint8Array {
  const buffer = Buffer.alloc(bytesMax + 1);
  let length = 0;
  try {
    const handle = openSync(file, 'r');
    try {
      for (let read = -1; read !== 0 && length < buffer.length; length += read) {
        read = readSync(handle, buffer, length, buffer.length - length, null);
      }
    } finally {
      closeSync(handle);
    }
  } catch (error) {
    throw unreadable(name, error);
  }
  return buffer.subarray(0, length);
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is not a folder',
  EACCES: 'this user may not read it',
  EPERM: 'this user may not read it',
  ELOOP: 'its symbolic links go round in a circle',
  ENAMETOOLONG: 'its name is too long',
};

/** What a fault of the file system means to people. */
export function unreadable(name: string, cause: unknown): PipelineError {
  const code = String((cause as NodeJS.ErrnoException).code);
  return new PipelineError('FILE_UNREADABLE', `Cannot read "${name}": ${REASONS[code] ?? `the system says ${code}`}`, {
    cause,
  });
}
