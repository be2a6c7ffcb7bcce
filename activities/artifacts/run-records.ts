import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { RunRecord } from '../../src/pipeline/result.ts';
import type { ArtifactStore } from './store.ts';

const FOLDER = 'records';

/** Keeps what a run leaves, under its id. The same run's record again changes nothing. */
export async function writeRunRecord(store: ArtifactStore, tenant: string, record: RunRecord): Promise<void> {
  await store.create(tenant, nameOf(record.view.runId), Buffer.from(JSON.stringify(record)));
}

/** The record of a run that has ended, or undefined. */
export async function readRunRecord(
  store: ArtifactStore,
  tenant: string,
  runId: string,
): Promise<RunRecord | undefined> {
  const bytes = await store.read(tenant, nameOf(runId));
  return bytes === undefined ? undefined : (JSON.parse(Buffer.from(bytes).toString('utf8')) as RunRecord);
}

/** A run id may hold anything, a file name may not. */
function nameOf(runId: string): string {
  return `${FOLDER}/${createHash('sha256').update(runId).digest('hex')}.json`;
}
