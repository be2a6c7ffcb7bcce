import { mean, quantileSorted } from 'simple-statistics';

/** A figure, and between what the true one lies in 95 of 100 evaluations like this. */
export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** The 97.5 % quantile of the standard normal distribution. */
const Z = 1.959963984540054;

/**
 * A share with its Wilson score interval (E. B. Wilson, "Probable inference, the law of succession, and statistical
 * inference", JASA 22, 1927, without correction for continuity), which holds for few cases and near 0 and 1.
 * Undefined of nothing.
 */
export function shareOf(count: number, total: number): Interval | undefined {
  if (total === 0) return undefined;
  const value = count / total;
  const scale = 1 + (Z * Z) / total;
  const middle = (value + (Z * Z) / (2 * total)) / scale;
  const half = (Z / scale) * Math.sqrt((value * (1 - value)) / total + (Z * Z) / (4 * total * total));
  // At the ends the formula gives just these, but for the last digit.
  const low = count === 0 ? 0 : middle - half;
  return { value, low, high: count === total ? 1 : middle + half };
}

const RESAMPLES = 2000;
const SEED = 20_270_101;

/**
 * A mean with its percentile bootstrap interval (B. Efron and R. J. Tibshirani, "An Introduction to the Bootstrap",
 * 1993, chapter 13): 2000 resamples, drawn from `seed`, so that the same values give the same interval. Of the
 * differences of pairs it is the paired bootstrap. Undefined of nothing.
 */
export function meanOf(values: readonly number[], seed = SEED): Interval | undefined {
  if (values.length === 0) return undefined;
  const random = randomFrom(seed);
  const means = Array.from({ length: RESAMPLES }, () => resampledMean(values, random)).toSorted((a, b) => a - b);
  return { value: mean([...values]), low: quantileSorted(means, 0.025), high: quantileSorted(means, 0.975) };
}

function resampledMean(values: readonly number[], random: () => number): number {
  let sum = 0;
  for (let drawn = 0; drawn < values.length; drawn += 1) sum += values[Math.floor(random() * values.length)] as number;
  return sum / values.length;
}

/** Numbers from 0 to below 1 (Mulberry32, by T. Ettinger): for resampling, where nobody gains by guessing them. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d_2b_79_f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * How likely a difference at least as large as this is when both variants are equally good: the exact two-sided
 * McNemar test (Q. McNemar, Psychometrika 12, 1947; exact after F. Mosteller, Biometrics 8, 1952) of how many cases
 * only the one has passed, and only the other.
 */
export function chanceOf(onlyOne: number, onlyOther: number): number {
  const total = onlyOne + onlyOther;
  const most = Math.min(onlyOne, onlyOther);
  let chance = 0;
  let logChoose = 0;
  for (let count = 0; count <= most; count += 1) {
    if (count > 0) logChoose += Math.log((total - count + 1) / count);
    chance += Math.exp(logChoose - total * Math.LN2);
  }
  return Math.min(1, 2 * chance);
}

/** The value that half of the values, or whatever share is wanted, do not go beyond. Undefined of nothing. */
export function quantileOf(values: readonly number[], share: number): number | undefined {
  if (values.length === 0) return undefined;
  return quantileSorted(
    values.toSorted((a, b) => a - b),
    share,
  );
}
