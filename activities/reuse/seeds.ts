import type { StoredValue } from '../../src/pipeline/value.ts';
import type { ArtifactStore } from '../artifacts/store.ts';
import { loadValue } from '../values.ts';
import { openSeed, type Seed, type SeedRecords } from './seed.ts';

/** Seeds of forks that a worker keeps at hand, counted by their JSON. One alone may be longer. */
const BYTES_MAX = 64 * 1024 * 1024;

interface Kept {
  readonly bytes: number;
  readonly seed: Promise<Seed>;
}

/** Reads the seeds of forks; those that were used last stay in memory, since every call of a fork asks for its seed. */
export function openSeeds(
  store: ArtifactStore,
  bytesMax = BYTES_MAX,
): (tenant: string, value: StoredValue) => Promise<Seed> {
  const kept = new Map<string, Kept>();
  const read = async (tenant: string, value: StoredValue): Promise<Seed> =>
    openSeed((await loadValue(store, tenant, value)) as unknown as SeedRecords);
  return (tenant, value) => {
    if ('inline' in value) return read(tenant, value);
    const { sha256, bytes } = value.artifact;
    const name = `${tenant} ${sha256}`;
    const known = kept.get(name) ?? { bytes, seed: read(tenant, value) };
    // The order of a map is that of insertion: the last used stands last.
    kept.delete(name);
    kept.set(name, known);
    dropOldest(kept, bytesMax);
    known.seed.catch(() => kept.delete(name));
    return known.seed;
  };
}

function dropOldest(kept: Map<string, Kept>, bytesMax: number): void {
  let bytes = [...kept.values()].reduce((sum, each) => sum + each.bytes, 0);
  for (const [name, each] of kept) {
    if (bytes <= bytesMax || kept.size === 1) return;
    kept.delete(name);
    bytes -= each.bytes;
  }
}
