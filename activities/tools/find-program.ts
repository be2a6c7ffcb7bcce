import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PipelineError } from '../../src/errors.ts';
import { programFolders } from '../processes/isolation.ts';
import { quote } from '../quote.ts';
import { findReal } from './workspace.ts';

/**
 * The full path of a program: by its name on the worker's `PATH`, or by a path (`./build`) in the workspace, never both.
 * Throws `FILE_NOT_FOUND` and `PATH_REFUSED`.
 */
export async function findProgram(name: string, workspace: string): Promise<string> {
  const places = name.includes('/')
    ? [await findReal(workspace, name)]
    : programFolders().map((folder) => join(folder, name));
  for (const place of places) if (await isProgram(place)) return place;
  const where = name.includes('/') ? 'in the workspace of the run' : 'on the PATH of the worker';
  throw new PipelineError('FILE_NOT_FOUND', `Cannot run ${quote(name)}: there is no such program ${where}`);
}

async function isProgram(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}
