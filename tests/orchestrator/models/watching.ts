import type { Watch } from '../../../activities/models/ask-once.ts';

/** Who waits for an answer in a test, outside of any activity. */
export function watching(changes: Partial<Watch> = {}): Watch {
  const { signal } = new AbortController();
  return { signal, onDelta: () => undefined, attempt: 1, timeoutMs: 60_000, ...changes };
}
