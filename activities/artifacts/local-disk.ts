import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { PipelineError } from '../../src/errors.ts';
import { reaching } from './disk-fault.ts';
import { openLocalLogs } from './local-logs.ts';
import { checkEntryName, checkTenant } from './names.ts';
import type { ArtifactStore } from './store.ts';
import { createFile, replaceFile } from './write-file.ts';

/** Of one value; a larger one does not belong into memory. */
export const VALUE_BYTES_MAX = 256 * 1024 * 1024;
const SHA256 = /^[0-9a-f]{64}$/;

/**
 * The store of one machine: values under `<folder>/<tenant>/sha256/ab/<rest>`, entries under
 * `<folder>/<tenant>/names/`, logs under `<folder>/<tenant>/logs/`. Any number of processes may use one folder at a time.
 */
export function openLocalDisk(folder: string): ArtifactStore {
  const root = resolve(folder);
  return {
    id: () => reaching(root, () => storeId(root)),
    put: async (tenant, bytes) => {
      checkTenant(tenant);
      checkSize(bytes);
      return reaching(root, () => put(root, tenant, bytes));
    },
    get: async (tenant, sha256) => {
      checkTenant(tenant);
      return reaching(root, () => get(root, tenant, sha256));
    },
    create: async (tenant, name, bytes) => {
      checkSize(bytes);
      const path = entryPath(root, tenant, name);
      return reaching(root, () => createFile(path, bytes, temporaryFolder(root)));
    },
    read: async (tenant, name) => {
      const path = entryPath(root, tenant, name);
      return reaching(root, () => readIfThere(path));
    },
    list: async (tenant, prefix) => {
      checkTenant(tenant);
      return reaching(root, () => listNewestFirst(join(root, tenant, 'names'), prefix));
    },
    ...openLocalLogs(root),
  };
}

async function storeId(root: string): Promise<string> {
  // A tenant begins with a letter or a digit, so this name is free.
  const path = join(root, '.store-id');
  const known = await readIfThere(path);
  if (known !== undefined) return known.toString('utf8');
  await createFile(path, Buffer.from(randomUUID()), temporaryFolder(root));
  return readFile(path, 'utf8');
}

async function put(root: string, tenant: string, bytes: Uint8Array): Promise<string> {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const path = contentPath(root, tenant, sha256);
  // A damaged file is written again: nothing else can mend it.
  if (!(await isIntact(path, sha256))) await replaceFile(path, bytes, temporaryFolder(root));
  return sha256;
}

async function get(root: string, tenant: string, sha256: string): Promise<Uint8Array> {
  if (!SHA256.test(sha256)) throw missing(sha256, 'its name is not a sha256 in lower-case hex');
  const bytes = await readIfThere(contentPath(root, tenant, sha256));
  if (bytes === undefined) throw missing(sha256, `tenant "${tenant}" has no such value in "${root}"`);
  if (createHash('sha256').update(bytes).digest('hex') === sha256) return bytes;
  throw missing(sha256, `its file in "${root}" is damaged: the bytes no longer match their sha256`);
}

async function isIntact(path: string, sha256: string): Promise<boolean> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(path), hash);
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
  return hash.digest('hex') === sha256;
}

async function listNewestFirst(folder: string, prefix: string): Promise<string[]> {
  // Only the folder that the prefix leads into: there may be thousands of others beside it.
  const inside = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  const names = await readdir(join(folder, inside), { recursive: true }).catch((error: unknown) => {
    if (isAbsent(error)) return [];
    throw error;
  });
  const wanted = names.map((name) => inside + name).filter((name) => name.startsWith(prefix));
  const found = await Promise.all(
    wanted.map(async (name) => ({ name, facts: await stat(join(folder, name), { bigint: true }) })),
  );
  return found
    .filter(({ facts }) => facts.isFile())
    .toSorted((one, other) => Number(other.facts.mtimeNs - one.facts.mtimeNs))
    .map(({ name }) => name);
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

function contentPath(root: string, tenant: string, sha256: string): string {
  return join(root, tenant, 'sha256', sha256.slice(0, 2), sha256.slice(2));
}

function entryPath(root: string, tenant: string, name: string): string {
  checkTenant(tenant);
  checkEntryName(name);
  return join(root, tenant, 'names', name);
}

function temporaryFolder(root: string): string {
  return join(root, '.tmp');
}

function checkSize(bytes: Uint8Array): void {
  if (bytes.length <= VALUE_BYTES_MAX) return;
  throw new PipelineError(
    'ARTIFACT_TOO_LARGE',
    `Cannot keep a value of ${bytes.length} bytes: at most ${VALUE_BYTES_MAX} are allowed`,
  );
}

function missing(sha256: string, reason: string): PipelineError {
  return new PipelineError('ARTIFACT_MISSING', `Cannot read value "${sha256.slice(0, 64)}": ${reason}`);
}

function isAbsent(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}
