import { countedRounds, ROUNDS_MIN } from './quiet.ts';
import type { Round } from './record.ts';
import { estimateMedian, quantile, type Estimate } from './statistics.ts';

/** What a lane is asked for. `lane` is `<engine>@<profile>`. */
export interface Figure {
  readonly lane: string;
  readonly metric: string;
  /** Of the samples of one round: 0.5 is their median, 0.95 what 95 % stay below, 1 the worst. */
  readonly quantile: number;
}

/** A goal of the design: a figure, or its ratio to another one of the same round, and its limit. */
export interface Goal {
  readonly id: string;
  readonly title: string;
  readonly figure: Figure;
  readonly dividedBy?: Figure;
  readonly limit: { readonly atMost: number } | { readonly atLeast: number };
  readonly unit: string;
  /** For what must never happen: the worst of all rounds is judged, the disturbed ones included. */
  readonly isNever?: true;
}

export type Verdict = 'met' | 'missed' | 'inconclusive';

export interface Judged {
  readonly goal: Goal;
  readonly verdict: Verdict;
  /** Over the kept rounds; over all of them when too few were kept. Absent when nothing was measured. */
  readonly estimate: Estimate | undefined;
  readonly figure: number | undefined;
  readonly reference: number | undefined;
  readonly kept: number;
  readonly rounds: number;
}

/** On a machine that was shared, a figure may lie this far beyond its limit. */
const SHARED_TOLERANCE = 0.05;

/**
 * Judges a goal. It is met when the whole interval is within the limit, missed when the whole interval is
 * beyond it, and otherwise not known; too few quiet rounds never meet or miss anything.
 */
export function judge(
  goal: Goal,
  { rounds, bestSpinMs, seed }: { rounds: readonly Round[]; bestSpinMs: number; seed: number },
): Judged {
  const { counted, kept } = countedRounds(rounds, bestSpinMs);
  const base = { goal, kept, rounds: rounds.length };
  if (counted.length === 0) {
    return { ...base, verdict: 'inconclusive', estimate: undefined, figure: undefined, reference: undefined };
  }
  const values = counted.map((round) => valueOf(round, goal));
  const worst = Math.max(...rounds.map((round) => valueOf(round, goal)));
  const estimate = goal.isNever ? { value: worst, low: worst, high: worst } : estimateMedian(values, seed);
  const isKnown = goal.isNever || kept >= ROUNDS_MIN;
  return {
    ...base,
    verdict: isKnown ? compare(estimate, goal.limit, kept < rounds.length) : 'inconclusive',
    estimate,
    figure: middle(counted, goal.figure),
    reference: goal.dividedBy === undefined ? undefined : middle(counted, goal.dividedBy),
  };
}

function compare({ low, high }: Estimate, limit: Goal['limit'], isShared: boolean): Verdict {
  const tolerance = isShared ? SHARED_TOLERANCE : 0;
  if ('atMost' in limit) {
    if (high <= limit.atMost * (1 + tolerance)) return 'met';
    return low > limit.atMost ? 'missed' : 'inconclusive';
  }
  if (low >= limit.atLeast * (1 - tolerance)) return 'met';
  return high < limit.atLeast ? 'missed' : 'inconclusive';
}

function valueOf(round: Round, { figure, dividedBy }: Goal): number {
  const value = figureOf(round, figure);
  return dividedBy === undefined ? value : value / figureOf(round, dividedBy);
}

function middle(rounds: readonly Round[], figure: Figure): number {
  return quantile(
    rounds.map((round) => figureOf(round, figure)),
    0.5,
  );
}

/** The figure of one round. */
export function figureOf(round: Round, { lane, metric, quantile: q }: Figure): number {
  return quantile(round.lanes[lane]?.samples[metric] ?? [], q);
}
