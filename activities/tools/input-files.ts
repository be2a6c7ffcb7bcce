import { lstat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type FileRef, INPUTS_FOLDER } from '../../src/pipeline/file-ref.ts';
import type { StoredValue } from '../../src/pipeline/value.ts';
import type { ArtifactStore } from '../artifacts/store.ts';
import { createFile } from '../artifacts/write-file.ts';
import { loadValue } from '../values.ts';
import { fileFault, makePlace } from './workspace.ts';

interface Room {
  readonly store: ArtifactStore;
  readonly tenant: string;
  readonly workspace: string;
}

/**
 * Puts files that came with the inputs of a run into its workspace, where they are not there yet: the one at `path`, or
 * without a path all of them. Only what stands in the list of the run is fetched, whatever else a path looks like.
 */
export async function placeInputFiles(room: Room, list: StoredValue, path?: string): Promise<void> {
  const wanted = path === undefined ? undefined : plain(path);
  if (wanted !== undefined && !wanted.startsWith(`${INPUTS_FOLDER}/`)) return;
  const files = (await loadValue(room.store, room.tenant, list)) as unknown as readonly FileRef[];
  const missing = wanted === undefined ? files : files.filter((file) => file.path === wanted);
  // One after another: each may be large.
  for (const file of missing) await place(room, file);
}

/** `./inputs//a.txt` is `inputs/a.txt`. */
function plain(path: string): string {
  return path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
}

async function place({ store, tenant, workspace }: Room, { path, sha256 }: FileRef): Promise<void> {
  const { file } = await makePlace(workspace, path);
  const isThere = await lstat(file).then(
    () => true,
    () => false,
  );
  if (isThere) return;
  const bytes = await store.get(tenant, sha256);
  try {
    // Another call may have been quicker; then nothing is changed.
    await createFile(file, bytes, join(dirname(workspace), '.tmp'));
  } catch (error) {
    throw fileFault('fetch', path, error);
  }
}
