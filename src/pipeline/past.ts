import type { CallRecord } from './result.ts';
import type { RunView } from './view.ts';

/** A run that has ended, as far as an estimate wants to know it. */
export interface PastRun {
  readonly view: Pick<RunView, 'usage' | 'costNanoUsd' | 'forkOf'>;
  readonly calls: readonly CallRecord[];
}

/** What half of the runs, and nine of ten, did not go beyond. */
export interface Spread {
  readonly p50: number;
  readonly p90: number;
}

export interface Spreads {
  readonly tokens: Spread;
  readonly nanoUsd: Spread;
}

/** What runs of a pipeline have used. A price that was not known counts as nothing. */
export interface Past extends Spreads {
  readonly runs: number;
  /** By path without items and rounds; of the runs in which a step asked a model. */
  readonly steps: ReadonlyMap<string, Spreads>;
}

/** What past runs tell of the next; undefined when there are none. Forks are left out: they take over what they need not buy. */
export function pastOf(all: readonly PastRun[]): Past | undefined {
  const runs = all.filter(({ view }) => view.forkOf === undefined);
  if (runs.length === 0) return undefined;
  const bySteps = runs.map(({ calls }) => usedBySteps(calls));
  const paths = [...new Set(bySteps.flatMap((used) => [...used.keys()]))];
  return {
    runs: runs.length,
    ...spreadsOf(runs.map(({ view }) => ({ tokens: tokensOf(view.usage), nanoUsd: view.costNanoUsd }))),
    steps: new Map(paths.map((path) => [path, spreadsOf(bySteps.flatMap((used) => used.get(path) ?? []))])),
  };
}

interface Used {
  readonly tokens: number;
  readonly nanoUsd: number;
}

/** What each step used, all of its items and rounds together. */
function usedBySteps(calls: readonly CallRecord[]): ReadonlyMap<string, Used> {
  const steps = new Map<string, Used>();
  for (const { path, result } of calls) {
    if (!('usage' in result) || result.usage === undefined) continue;
    const step = stepPath(path);
    const { tokens, nanoUsd } = steps.get(step) ?? { tokens: 0, nanoUsd: 0 };
    steps.set(step, { tokens: tokens + tokensOf(result.usage), nanoUsd: nanoUsd + (result.costNanoUsd ?? 0) });
  }
  return steps;
}

/** `drafts[3]#2/inner` is `drafts/inner`, for whatever item, round and try. */
function stepPath(path: string): string {
  return path.replaceAll(/\[\d+\]|[#~]\d+/g, '');
}

function tokensOf({ inputTokens, outputTokens }: { inputTokens: number; outputTokens: number }): number {
  return inputTokens + outputTokens;
}

function spreadsOf(used: readonly Used[]): Spreads {
  return {
    tokens: spreadOf(used.map(({ tokens }) => tokens)),
    nanoUsd: spreadOf(used.map(({ nanoUsd }) => nanoUsd)),
  };
}

function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] as number;
  return { p50: at(0.5), p90: at(0.9) };
}
