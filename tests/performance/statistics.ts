/** A value below which the share `q` (0 to 1) of the samples lies, interpolated between neighbours. */
export function quantile(samples: readonly number[], q: number): number {
  if (samples.length === 0) throw new RangeError('No quantile of no samples');
  const sorted = samples.toSorted((one, other) => one - other);
  const position = (sorted.length - 1) * q;
  const below = sorted[Math.floor(position)] as number;
  const above = sorted[Math.ceil(position)] as number;
  return below + (above - below) * (position - Math.floor(position));
}

export function median(samples: readonly number[]): number {
  return quantile(samples, 0.5);
}

export interface Estimate {
  readonly value: number;
  /** The ends of the 95 % interval. */
  readonly low: number;
  readonly high: number;
}

const RESAMPLES = 4000;

/**
 * The median, and how far it would move if other rounds had been drawn: 95 % of the medians of resampled
 * rounds lie in the interval. The same seed gives the same interval.
 */
export function estimateMedian(samples: readonly number[], seed: number): Estimate {
  const random = seededRandom(seed);
  const medians = Array.from({ length: RESAMPLES }, () =>
    median(samples.map(() => samples[Math.floor(random() * samples.length)] as number)),
  );
  return { value: median(samples), low: quantile(medians, 0.025), high: quantile(medians, 0.975) };
}

/** Numbers from 0 to 1 that repeat with the seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
