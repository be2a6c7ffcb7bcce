import { appendFile, mkdir, open, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { reaching } from './disk-fault.ts';
import { checkEntryName, checkTenant } from './names.ts';
import type { LogStore } from './store.ts';

/** Logs as files under `<root>/<tenant>/logs/`. A line is written at once, so that writers and readers may share a file. */
export function openLocalLogs(root: string): LogStore {
  const pathOf = (tenant: string, name: string): string => {
    checkTenant(tenant);
    checkEntryName(name);
    return join(root, tenant, 'logs', name);
  };
  return {
    append: async (tenant, name, bytes) => {
      const path = pathOf(tenant, name);
      return reaching(root, () => append(path, bytes));
    },
    readLog: async (tenant, name, from) => {
      const path = pathOf(tenant, name);
      return reaching(root, () => unlessAbsent(() => readFrom(path, from), undefined));
    },
    listLogs: async (tenant, folder) => {
      const path = pathOf(tenant, folder);
      return reaching(root, async () =>
        (await unlessAbsent(() => readdir(path), [])).map((name) => `${folder}/${name}`),
      );
    },
    dropLogs: async (tenant, folder) => {
      const path = pathOf(tenant, folder);
      return reaching(root, () => rm(path, { recursive: true, force: true }));
    },
  };
}

async function append(path: string, bytes: Uint8Array): Promise<void> {
  const options = { mode: 0o600 };
  await unlessAbsent(
    () => appendFile(path, bytes, options),
    async () => {
      await mkdir(dirname(path), { recursive: true });
      await appendFile(path, bytes, options);
    },
  );
}

async function readFrom(path: string, from: number): Promise<Uint8Array> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const bytes = new Uint8Array(Math.max(size - from, 0));
    const { bytesRead } = await file.read(bytes, 0, bytes.length, from);
    return bytes.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

async function unlessAbsent<T>(work: () => Promise<T>, otherwise: T | (() => Promise<T>)): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return typeof otherwise === 'function' ? (otherwise as () => Promise<T>)() : otherwise;
  }
}
