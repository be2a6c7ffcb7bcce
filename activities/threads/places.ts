/** So many can be at work at a time. */
export interface Places {
  /** Waits for one. Throws what the signal throws. */
  take(signal: AbortSignal): Promise<void>;
  /** It goes to the one who has waited longest. */
  leave(): void;
}

export function createPlaces(count: number): Places {
  const waiting = new Set<() => void>();
  let taken = 0;
  return {
    async take(signal) {
      signal.throwIfAborted();
      if (taken < count) {
        taken += 1;
        return;
      }
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const giveUp = (): void => {
        waiting.delete(resolve);
        reject(signal.reason);
      };
      waiting.add(resolve);
      signal.addEventListener('abort', giveUp);
      try {
        await promise;
      } finally {
        signal.removeEventListener('abort', giveUp);
      }
    },
    leave() {
      const [next] = waiting;
      if (next === undefined) {
        taken -= 1;
        return;
      }
      waiting.delete(next);
      next();
    },
  };
}
