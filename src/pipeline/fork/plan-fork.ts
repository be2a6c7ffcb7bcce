import type { StepKind } from '../plan.ts';
import type { CallRecord } from '../result.ts';
import type { RepeatedEffect } from './effects.ts';
import { judgeCalls, type EarlierRun, type ForkOrder, type Judged } from './judge-calls.ts';

export interface ForkPlan {
  /** Records by path; null where a call must be made again, whatever others like it have given. */
  readonly seed: Readonly<Record<string, CallRecord | null>>;
  /** Effects that would be there twice, as far as that can be told before. */
  readonly effects: readonly RepeatedEffect[];
  /** What will be taken over, as far as that can be told before. */
  readonly forecast: Forecast;
}

export interface Forecast {
  /** Finished calls of the earlier run, without checks, and how many of them will be taken over. */
  readonly calls: number;
  readonly reused: number;
  readonly savedNanoUsd: number;
}

/** Decides what a fork takes over from an earlier run. */
export function planFork(before: EarlierRun, order: ForkOrder): ForkPlan {
  const judged = judgeCalls(before, order);
  const kept = judged.filter(({ call, done, lost }) => (done ?? turnsOf(call)) !== undefined && lost === undefined);
  // Other items may have given the same; whoever asks for this one wants it anew.
  const barred = judged.filter(({ call, lost }) => lost === 'from' && call.path.includes('['));
  return {
    seed: Object.fromEntries([
      ...barred.map(({ call }) => [call.path, null] as const),
      ...kept.map(({ call }) => [call.path, call] as const),
    ]),
    effects: judged.flatMap(({ effect }) => effect ?? []),
    forecast: forecastOf(judged),
  };
}

/** A conversation that failed may have turns that need not be bought again. */
function turnsOf({ result }: CallRecord): string | undefined {
  return result.status === 'failed' ? result.firstTurnKey : undefined;
}

function forecastOf(judged: readonly Judged[]): Forecast {
  const calls = judged.flatMap(({ call: { kind }, done, lost, differs, isInner }) =>
    done !== undefined && isBought(kind) && !isInner
      ? [{ done, isReused: lost === undefined && differs === undefined }]
      : [],
  );
  const reused = calls.filter(({ isReused }) => isReused).map(({ done }) => done);
  const savedNanoUsd = totalCost(reused.map((done) => (done.reused ?? done).costNanoUsd));
  return { calls: calls.length, reused: reused.length, savedNanoUsd };
}

/** Whether steps of a kind make calls that people count. */
export function isBought(kind: StepKind): boolean {
  return kind === 'model' || kind === 'tool';
}

/** As far as it is known. */
export function totalCost(costs: readonly (number | null)[]): number {
  return costs.reduce<number>((sum, cost) => sum + (cost ?? 0), 0);
}
