import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { type FileRef, mediaTypeOf } from '../../src/pipeline/file-ref.ts';
import type { Json } from '../../src/pipeline/json.ts';
import { isMap } from '../../src/pipeline/problem.ts';
import { runName } from './names.ts';
import type { ArtifactStore } from './store.ts';

/** Files that tools made for a run. Each has an entry in the store, so that no text of a model can pass for one. */
export interface FilesOfRun {
  readonly store: ArtifactStore;
  readonly tenant: string;
  readonly runId: string;
}

/** Keeps the bytes, and notes that the run has them at this path of its workspace. */
export async function keepRunFile(run: FilesOfRun, path: string, bytes: Uint8Array): Promise<FileRef> {
  const { store, tenant } = run;
  const sha256 = await store.put(tenant, bytes);
  const name = path.slice(path.lastIndexOf('/') + 1);
  const file: FileRef = { path, name, bytes: bytes.length, sha256, media_type: mediaTypeOf(name) };
  await store.create(tenant, entryOf(run, file), Buffer.from(JSON.stringify(file)));
  return file;
}

/** The file that a value stands for, when a tool of this run made it; whatever else the value says is not looked at. */
export async function findRunFile(run: FilesOfRun, value: Json): Promise<FileRef | undefined> {
  if (!isMap(value) || typeof value['path'] !== 'string' || typeof value['sha256'] !== 'string') return undefined;
  const { path, sha256 } = value;
  const bytes = await run.store.read(run.tenant, entryOf(run, { path, sha256 }));
  return bytes === undefined ? undefined : (JSON.parse(Buffer.from(bytes).toString('utf8')) as FileRef);
}

function entryOf({ runId }: FilesOfRun, { path, sha256 }: Pick<FileRef, 'path' | 'sha256'>): string {
  const name = createHash('sha256')
    .update(JSON.stringify([path, sha256]))
    .digest('hex');
  return `files/${runName(runId)}/${name}.json`;
}
