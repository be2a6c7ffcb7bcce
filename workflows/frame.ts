import type { CallFacts, StepResult, Usage } from '../src/pipeline/result.ts';
import type { Names } from '../src/pipeline/scope.ts';
import type { Scope } from '../src/pipeline/value.ts';

/** What was used, and what reused results saved. */
export interface Tally {
  usage: { inputTokens: number; outputTokens: number; cachedInputTokens: number };
  costNanoUsd: number;
  hasUnknownCost: boolean;
  savedNanoUsd: number;
}

/** One place in the run: the names that are known there, where it is, and what was spent in it. */
export interface Frame extends Names {
  /** What the paths of its steps begin with; empty at the top. */
  readonly path: string;
  readonly results: Map<string, StepResult>;
  readonly outer?: Frame;
  readonly tally: Tally;
}

export function emptyTally(): Tally {
  const usage = { inputTokens: 0, outputTokens: 0, cachedInputTokens: 0 };
  return { usage, costNanoUsd: 0, hasUnknownCost: false, savedNanoUsd: 0 };
}

export function addTo(
  tally: Tally,
  { usage, costNanoUsd, reused }: Pick<CallFacts, 'usage' | 'costNanoUsd' | 'reused'>,
): void {
  if (reused === undefined) addUsage(tally.usage, usage);
  if (costNanoUsd === null) tally.hasUnknownCost = true;
  else tally.costNanoUsd += costNanoUsd;
  tally.savedNanoUsd += reused?.costNanoUsd ?? 0;
}

function addUsage(total: Tally['usage'], usage: Usage | undefined): void {
  total.inputTokens += usage?.inputTokens ?? 0;
  total.outputTokens += usage?.outputTokens ?? 0;
  total.cachedInputTokens += usage?.cachedInputTokens ?? 0;
}

/** Adds what a part of the run used. */
export function addTally(total: Tally, part: Readonly<Tally>): void {
  addUsage(total.usage, part.usage);
  total.costNanoUsd += part.costNanoUsd;
  total.hasUnknownCost ||= part.hasUnknownCost;
  total.savedNanoUsd += part.savedNanoUsd;
}

/** What a control form says of the calls inside it. */
export function factsOf({ usage, costNanoUsd, hasUnknownCost }: Tally, attempts: number): CallFacts {
  const isUsed = usage.inputTokens + usage.outputTokens > 0;
  return {
    attempts,
    costNanoUsd: hasUnknownCost ? null : costNanoUsd,
    checks: [],
    ...(isUsed ? { usage: { ...usage } } : {}),
  };
}

interface Inner {
  readonly path: string;
  readonly results?: Map<string, StepResult>;
  readonly locals?: Scope;
  readonly previous?: ReadonlyMap<string, StepResult>;
}

/** A frame inside another one. */
export function innerFrame(outer: Frame, { results = new Map(), ...rest }: Inner): Frame {
  return { ...rest, results, outer, tally: emptyTally() };
}

export function pathOf(frame: Frame, id: string): string {
  return frame.path === '' ? id : `${frame.path}/${id}`;
}
