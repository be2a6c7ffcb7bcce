import { createHash } from 'node:crypto';
import { mkdir, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { getSystemErrorMessage } from 'node:util';
import { type ErrorCode, PipelineError } from '../../src/errors.ts';
import { pathFault } from '../../src/pipeline/relative-path.ts';
import { checkTenant } from '../artifacts/names.ts';
import { quote } from '../quote.ts';

/**
 * The folder of one run, made on demand. The id of a run may hold anything, so the folder is named by what can
 * be read of it and by its hash.
 */
export async function openWorkspace(workspaces: string, tenant: string, runId: string): Promise<string> {
  checkTenant(tenant);
  const readable = runId.slice(0, 60).replaceAll(/[^A-Za-z0-9]+/g, '-');
  const hash = createHash('sha256').update(runId).digest('hex').slice(0, 16);
  const folder = join(workspaces, tenant, `${readable}-${hash}`);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return await realpath(folder);
  } catch (error) {
    throw fileFault('open the workspace of run', runId, error);
  }
}

/** A place for a file inside a workspace. */
export interface Place {
  /** Where the file is, or would be: no part of it but the last can be a link. */
  readonly file: string;
  /** The same as the pipeline knows it. */
  readonly path: string;
}

/** Where a relative path leads. Throws `PATH_REFUSED` when that is outside, `FILE_NOT_FOUND` when its folder is missing. */
export async function findPlace(workspace: string, path: string): Promise<Place> {
  const { folders, name } = splitPath(path);
  const folder = await insideOf(workspace, join(workspace, ...folders), path);
  return { file: join(folder, name), path: [...folders, name].join('/') };
}

/** The real path of a folder or file that is there; `.` is the workspace itself. Throws as `findPlace` does. */
export async function findReal(workspace: string, path: string): Promise<string> {
  if (path === '.') return workspace;
  const { folders, name } = splitPath(path);
  return insideOf(workspace, join(workspace, ...folders, name), path);
}

/** Where a relative path leads, as `findPlace` says it; makes the folders on the way. */
export async function makePlace(workspace: string, path: string): Promise<Place> {
  const { folders, name } = splitPath(path);
  let folder = workspace;
  for (const part of folders) {
    // One at a time, so that no folder is made behind a link that leads out.
    await mkdir(join(folder, part)).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw fileFault('make the folders of', path, error);
    });
    folder = await insideOf(workspace, join(folder, part), path);
  }
  return { file: join(folder, name), path: [...folders, name].join('/') };
}

function splitPath(path: string): { folders: readonly string[]; name: string } {
  const reason = pathFault(path);
  if (reason !== undefined) throw refused(path, reason);
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  return { folders: parts.slice(0, -1), name: parts.at(-1) as string };
}

/** The real path behind links, which must lie in the workspace. */
async function insideOf(workspace: string, folder: string, path: string): Promise<string> {
  const real = await realpath(folder).catch((error: unknown) => {
    throw fileFault('find', path, error);
  });
  if (real === workspace || real.startsWith(workspace + sep)) return real;
  throw refused(path, 'a link in it leads out of the workspace of the run');
}

function refused(path: string, reason: string): PipelineError {
  return new PipelineError('PATH_REFUSED', `Cannot use path ${quote(path)}: ${reason}`);
}

const FAULTS: Readonly<Record<string, { code: ErrorCode; reason: string }>> = {
  ENOENT: { code: 'FILE_NOT_FOUND', reason: 'there is no such file in the workspace of the run' },
  ELOOP: { code: 'PATH_REFUSED', reason: 'it is a symbolic link, and links are not followed' },
  EISDIR: { code: 'PATH_REFUSED', reason: 'it is a folder' },
  ENOTDIR: { code: 'PATH_REFUSED', reason: 'a part of it is a file, not a folder' },
};

/** What a fault of the file system means to a pipeline. */
export function fileFault(what: string, path: string, error: unknown): PipelineError {
  const { code, errno } = error as { code: string; errno: number };
  const known = FAULTS[code] ?? { code: 'TOOL_FAILED', reason: `${getSystemErrorMessage(errno)} (${code})` };
  return new PipelineError(known.code, `Cannot ${what} ${quote(path)}: ${known.reason}`, { cause: error });
}
