import { Buffer } from 'node:buffer';
import type { ArtifactStore } from '../artifacts/store.ts';

/** What belongs to a whole deployment is kept under this name; no tenant may have it. */
export const DEPLOYMENT = 'orchestrator-deployment';

/** An entry of a list, by its number from 1. */
export interface Numbered<T> {
  readonly number: number;
  readonly entry: T;
}

/** A list in the store that everybody may add to, and nobody may change: whoever adds an entry knows all that are before it. */
export interface GrowingList<T> {
  /** The last entry; undefined when there is none. */
  last(): Promise<Numbered<T> | undefined>;
  read(number: number): Promise<T | undefined>;
  /** False, and no change, when somebody else was quicker. */
  add(numbered: Numbered<T>): Promise<boolean>;
}

/** Opens the list of a name. Its methods throw `STORE_UNAVAILABLE`. */
export function openList<T>(store: ArtifactStore, name: string): GrowingList<T> {
  let known = 0;
  const read = async (number: number): Promise<T | undefined> => {
    const bytes = await store.read(DEPLOYMENT, `${name}/${number}`);
    return bytes === undefined ? undefined : (JSON.parse(Buffer.from(bytes).toString('utf8')) as T);
  };
  return {
    read,
    last: async () => {
      known = await lastNumber(known, async (number) => (await read(number)) !== undefined);
      return known === 0 ? undefined : { number: known, entry: (await read(known)) as T };
    },
    add: ({ number, entry }) => store.create(DEPLOYMENT, `${name}/${number}`, Buffer.from(JSON.stringify(entry))),
  };
}

/** The numbers have no gaps: larger and larger steps until one is too large, then the middle again and again. */
async function lastNumber(known: number, isThere: (number: number) => Promise<boolean>): Promise<number> {
  let last = known;
  let step = 1;
  while (await isThere(last + step)) {
    last += step;
    step *= 2;
  }
  for (step = Math.floor(step / 2); step >= 1; step = Math.floor(step / 2)) {
    if (await isThere(last + step)) last += step;
  }
  return last;
}
