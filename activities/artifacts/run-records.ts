import { Buffer } from 'node:buffer';
import type { RunRecord } from '../../src/pipeline/result.ts';
import { runName } from './names.ts';
import type { ArtifactStore } from './store.ts';

const FOLDER = 'records';

/** Keeps what a run leaves, under its id. The same run's record again changes nothing. */
export async function writeRunRecord(store: ArtifactStore, tenant: string, record: RunRecord): Promise<void> {
  await store.create(tenant, entryOf(runName(record.view.runId)), Buffer.from(JSON.stringify(record)));
}

/** The record of a run that has ended, or undefined. */
export async function readRunRecord(
  store: ArtifactStore,
  tenant: string,
  runId: string,
): Promise<RunRecord | undefined> {
  return readRecordOf(store, tenant, runName(runId));
}

/** The same, of a run of which only the name is known. */
export async function readRecordOf(store: ArtifactStore, tenant: string, name: string): Promise<RunRecord | undefined> {
  const bytes = await store.read(tenant, entryOf(name));
  return bytes === undefined ? undefined : (JSON.parse(Buffer.from(bytes).toString('utf8')) as RunRecord);
}

function entryOf(name: string): string {
  return `${FOLDER}/${name}.json`;
}
