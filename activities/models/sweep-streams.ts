import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readRecordOf } from '../artifacts/run-records.ts';
import type { ArtifactStore } from '../artifacts/store.ts';
import { STREAMS } from './answer-stream.ts';

/** Whoever follows an answer may read its end for so long after the run has ended, in milliseconds. */
const LINGER_MS = 10_000;
/** A run that was ended from outside leaves no record; nobody watches it any more. */
const FORGOTTEN_MS = 30 * 24 * 3_600_000;

/**
 * Forgets the streams of runs that have ended. What it gives is told of each end; it looks once in a while, however many
 * runs end meanwhile, and finds those of workers that died before they could.
 */
export function createSweep(store: ArtifactStore, lingerMs = LINGER_MS): (tenant: string) => void {
  const planned = new Set<string>();
  return (tenant) => {
    if (planned.has(tenant)) return;
    planned.add(tenant);
    void delay(lingerMs, undefined, { ref: false }).then(() => {
      planned.delete(tenant);
      // What cannot be swept now is swept after the next run.
      return sweep(store, tenant, lingerMs).catch(() => undefined);
    });
  };
}

async function sweep(store: ArtifactStore, tenant: string, lingerMs: number): Promise<void> {
  for (const folder of await store.listLogs(tenant, STREAMS)) {
    const record = await readRecordOf(store, tenant, basename(folder));
    const endedAt = record?.view.endedAt ?? (await lastBegan(store, tenant, folder)) + FORGOTTEN_MS;
    if (endedAt + lingerMs <= Date.now()) await store.dropLogs(tenant, folder);
  }
}

/** When the newest stream of a folder was begun: their names say it. */
async function lastBegan(store: ArtifactStore, tenant: string, folder: string): Promise<number> {
  const names = await store.listLogs(tenant, folder);
  return Math.max(0, ...names.map((name) => Number.parseInt(basename(name), 10)));
}
