import type { Round } from './record.ts';

/** More of the machine than this in other hands, and the figures are about them. */
const OTHERS_SHARE_MAX = 0.2;
/** The fixed piece of work may take this many times its best. */
const SPIN_RATIO_MAX = 1.15;

/** Fewer rounds than this tell nothing. */
export const ROUNDS_MIN = 3;

/** The rounds of a quiet machine; all of them when there are too few of those to tell anything. */
export function countedRounds(
  rounds: readonly Round[],
  bestSpinMs: number,
): { counted: readonly Round[]; kept: number } {
  const quiet = rounds.filter((round) => disturbance(round, bestSpinMs) === undefined);
  return { counted: quiet.length >= ROUNDS_MIN ? quiet : rounds, kept: quiet.length };
}

/** Why a round does not count, or undefined. */
export function disturbance(round: Round, bestSpinMs: number): string | undefined {
  const { othersShare = 0, spinMs } = round;
  if (othersShare > OTHERS_SHARE_MAX) return `others used ${Math.round(othersShare * 100)} % of the machine`;
  const ratio = Math.max(...spinMs) / bestSpinMs;
  return ratio > SPIN_RATIO_MAX ? `the processor was ${ratio.toFixed(2)} times slower than at its best` : undefined;
}

export function bestSpin(rounds: readonly Round[]): number {
  return Math.min(...rounds.flatMap(({ spinMs }) => spinMs));
}

/** The default server reads a queue 20 times a second, so that steps last a multiple of 50 ms. */
const THROTTLE_MS = 50;
const THROTTLE_TOLERANCE = 0.02;

/** Whether a time of a step is that of a server that is throttled, and not of work. */
export function looksThrottled(msPerStep: number): boolean {
  const periods = Math.round(msPerStep / THROTTLE_MS);
  return periods >= 1 && Math.abs(msPerStep / THROTTLE_MS - periods) <= THROTTLE_TOLERANCE * periods;
}
