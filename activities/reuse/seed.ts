import type { CallRecord } from '../../src/pipeline/result.ts';

/** What an earlier run left for a fork. */
export interface Seed {
  /** The record of the call at a path. */
  at(path: string): CallRecord | undefined;
  /** A finished call with this key at this place, or at one like it: of another item, or another check of the step. */
  find(path: string, key: string): CallRecord | undefined;
}

/** Records by path; null where a call must be made again, whatever others like it have given. */
export type SeedRecords = Readonly<Record<string, CallRecord | null>>;

export function openSeed(records: SeedRecords): Seed {
  const byPath = new Map(Object.entries(records));
  // The first of several comes last, so that it stays.
  const all = [...byPath.values()].filter((record) => record !== null).toReversed();
  const byKey = new Map(all.map((record) => [placeOf(record.path, keyOf(record)), record]));
  return {
    at: (path) => byPath.get(path) ?? undefined,
    find(path, key) {
      const here = byPath.get(path);
      if (here === null) return undefined;
      return here !== undefined && keyOf(here) === key ? here : byKey.get(placeOf(path, key));
    },
  };
}

function keyOf({ result }: CallRecord): string {
  return result.status === 'done' ? (result.key ?? '') : '';
}

/** Items change their places when a list grows at its beginning, and so do checks. */
function placeOf(path: string, key: string): string {
  return `${path.replaceAll(/\[\d+\]/g, '[]').replace(/\/check-\d+(?=\/|$)/, '/check')} ${key}`;
}
