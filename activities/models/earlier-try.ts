import { setTimeout as delay } from 'node:timers/promises';
import { lastBeatIn } from './answer-stream.ts';
import { type Intent, type JournalKey, type KeptAnswer, readAnswer, readEnd, type TryEnd } from './journal-entry.ts';

/** A try whose log has not grown for this long has died; it grows once a second, whatever the server does. */
export const SILENCE_MS = 5000;
const LOOK_MS = 100;

/**
 * Waits for what becomes of a try that somebody else has begun: as long as it shows signs of life, and no longer than
 * Temporal lets it go on. Undefined when nothing more is to be expected.
 */
export async function awaitTry(
  key: JournalKey,
  { number, intent }: { readonly number: number; readonly intent: Intent },
  signal: AbortSignal,
): Promise<KeptAnswer | TryEnd | undefined> {
  const isAlive = watchLife(key, intent);
  for (;;) {
    // Asked first: what it leaves just before it dies is found then.
    const goesOn = await isAlive();
    const left = (await readAnswer(key)) ?? (await readEnd(key, number));
    if (left !== undefined || !goesOn) return left;
    await delay(LOOK_MS, undefined, { signal });
  }
}

/**
 * Looks for signs of life. The clocks of two hosts are compared once, at the first look, and a clock that goes wrong
 * makes nothing worse than a race; from then on it counts whether the log grows.
 */
function watchLife({ store, tenant }: JournalKey, { stream, at, until }: Intent): () => Promise<boolean> {
  const start = Date.now();
  const givesUpAt = start + until - at;
  let read = 0;
  let aliveUntil: number | undefined;
  return async () => {
    const bytes = await store.readLog(tenant, stream, read);
    read += bytes?.length ?? 0;
    if (aliveUntil === undefined) aliveUntil = Math.min(start, lastBeatIn(bytes) ?? at) + SILENCE_MS;
    else if (bytes !== undefined && bytes.length > 0) aliveUntil = Date.now() + SILENCE_MS;
    return Date.now() < Math.min(aliveUntil, givesUpAt);
  };
}
