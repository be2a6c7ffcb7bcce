import { closeSync, openSync, readSync } from 'node:fs';
import type { Config } from '../config.ts';
import { PipelineError, type Finding } from '../errors.ts';
import { FILE_BYTES_MAX } from '../pipeline/parse/text.ts';
import type { Plan } from '../pipeline/plan.ts';

/** The plan of a pipeline file, and what is doubtful in it. Throws the file's findings. */
export async function loadPlan(config: Config, file: string): Promise<{ plan: Plan; warnings: readonly Finding[] }> {
  const bytes = readFile(file);
  // The compiler and the vendors' libraries are half of the program: commands that compile nothing do without.
  const { validate } = await import('../validate.ts');
  return validate(bytes, { file, config });
}

/** The texts of the files that findings point into, for excerpts; a file that has gone has none. */
export function sourcesOf(findings: readonly Finding[]): ReadonlyMap<string, string> {
  const files = new Set(findings.flatMap(({ position }) => (position === undefined ? [] : [position.file])));
  return new Map([...files].flatMap((file) => [...sourceOf(file)]));
}

function sourceOf(file: string): readonly (readonly [string, string])[] {
  try {
    return [[file, new TextDecoder().decode(readFile(file))]];
  } catch {
    // It has gone since it was parsed: then there is no excerpt.
    return [];
  }
}

/** Reads a file that a user named. Never more than a pipeline may have, whatever the file is. Throws `FILE_UNREADABLE`. */
export function readFile(file: string): Uint8Array {
  const bytes = readAtMost(file, FILE_BYTES_MAX + 1);
  if (bytes.length <= FILE_BYTES_MAX) return bytes;
  throw new PipelineError(
    'FILE_UNREADABLE',
    `Cannot read "${file}": it is longer than the ${FILE_BYTES_MAX} bytes that are allowed`,
  );
}

function readAtMost(file: string, bytesMax: number): Uint8Array {
  const buffer = Buffer.alloc(bytesMax);
  let length = 0;
  try {
    const handle = openSync(file, 'r');
    try {
      for (let read = -1; read !== 0 && length < bytesMax; length += read) {
        read = readSync(handle, buffer, length, bytesMax - length, null);
      }
    } finally {
      closeSync(handle);
    }
  } catch (error) {
    throw unreadable(file, error);
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

function unreadable(file: string, cause: unknown): PipelineError {
  const code = String((cause as NodeJS.ErrnoException).code);
  return new PipelineError('FILE_UNREADABLE', `Cannot read "${file}": ${REASONS[code] ?? `the system says ${code}`}`, {
    cause,
  });
}
