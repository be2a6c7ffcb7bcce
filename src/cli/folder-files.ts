import { type Dir, opendirSync } from 'node:fs';
import { join } from 'node:path';
import { PipelineError } from '../errors.ts';
import { INPUT_FILES_MAX } from '../pipeline/file-ref.ts';

/**
 * The regular files of a folder, sorted by their names, without hidden ones and without what is in folders of it;
 * undefined when it is no folder. Throws `INPUT_INVALID` when there are none, or more than an input may have.
 */
export function filesOfFolder(path: string): readonly string[] | undefined {
  const folder = openFolder(path);
  if (folder === undefined) return undefined;
  const names = namesIn(folder);
  if (names.length > 0 && names.length <= INPUT_FILES_MAX) return names.toSorted().map((name) => join(path, name));
  const has = names.length === 0 ? 'no files' : `more files than the ${INPUT_FILES_MAX} that are allowed`;
  throw new PipelineError('INPUT_INVALID', `Cannot use folder "${path}" as an input: it has ${has}`);
}

function openFolder(path: string): Dir | undefined {
  try {
    return opendirSync(path);
  } catch {
    // It is a file, or nothing that can be used: who looks for the file says so.
    return undefined;
  }
}

/** At most one more than are allowed: a folder may have millions. */
function namesIn(folder: Dir): readonly string[] {
  const names: string[] = [];
  try {
    for (let entry = folder.readSync(); entry !== null; entry = folder.readSync()) {
      if (entry.isFile() && !entry.name.startsWith('.')) names.push(entry.name);
      if (names.length > INPUT_FILES_MAX) break;
    }
  } finally {
    folder.closeSync();
  }
  return names;
}
