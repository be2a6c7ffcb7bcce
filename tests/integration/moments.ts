/** A linear congruential generator (Numerical Recipes): the same moments for the same seed. */
export function moments(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32) / 2 ** 32;
}
