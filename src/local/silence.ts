/** How long a server may stay silent, before it answers and between two pieces of its answer. */
export const SILENCE_MAX_MS = 10_000;

/** A limit on waiting, not on working: its signal fires when nothing has been heard for a while, however long the whole takes. */
export interface SilenceLimit {
  readonly signal: AbortSignal;
  /** Something was heard. */
  renew(): void;
  end(): void;
}

export function limitSilence(ms = SILENCE_MAX_MS): SilenceLimit {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new Error(`no answer for ${ms / 1000} s`)), ms);
  return { signal: controller.signal, renew: () => timer.refresh(), end: () => clearTimeout(timer) };
}
