import type { ErrorCode } from '../errors.ts';
import { questionsOf } from './check-calls.ts';
import { estimatePlan } from './estimate.ts';
import { multiply } from './estimate/model-estimate.ts';
import { otherModels } from './ladder.ts';
import type { Amount } from './ledger.ts';
import { innerSteps } from './plan-steps.ts';
import type { TokenPrice } from './model-plan.ts';
import type { Plan, StepPlan } from './plan.ts';
import type { CallRecord, Purchase, Usage } from './result.ts';

/** One request to a model, or one that was not made since an earlier run has the answer. */
export interface BillLine {
  /** The path of the call in the run. */
  readonly step: string;
  readonly model: string;
  /** Temporal's attempt number; 0 of what was reused. */
  readonly attempt: number;
  readonly turn?: number;
  readonly reason: Purchase['reason'] | 'reused';
  /** The rung of the gate ladder for which it was bought. */
  readonly rung?: 'repair' | 'model';
  /** Of a failure. */
  readonly code?: ErrorCode;
  /** Absent when nobody knows. */
  readonly usage?: Usage;
  /** As the plan has it; absent where nothing is paid, or nobody knows. */
  readonly price?: TokenPrice;
  /** Null when nobody knows. */
  readonly costNanoUsd: number | null;
  /** What was not bought again. */
  readonly savedNanoUsd?: number;
  readonly requestId?: string;
  readonly endedAt: number;
}

/** Lines together: those of a model, those of a step with all its items and rounds, or all. */
export interface BillSum {
  readonly calls: number;
  readonly usage: Required<Usage>;
  readonly costNanoUsd: number;
  /** Lines whose cost nobody knows. */
  readonly unknown: number;
  readonly savedNanoUsd: number;
}

export interface StepSum extends BillSum {
  /** The path without items, rounds and tries: `drafts/review`. */
  readonly step: string;
  /** What the plan said that it may take at most; absent where it says nothing of the step. */
  readonly worst?: Amount;
}

export interface Bill {
  readonly lines: readonly BillLine[];
  readonly total: BillSum;
  readonly byModel: readonly (BillSum & { readonly model: string })[];
  readonly byStep: readonly StepSum[];
  /** What the plan said of the whole run. */
  readonly estimate?: { readonly worst: Amount; readonly hasUnknownPrice: boolean };
}

/** The bill of a run: of its calls, in the order of their ends, and of its plan where that is known. */
export function makeBill(calls: readonly CallRecord[], plan: Plan | undefined): Bill {
  const prices = pricesIn(plan?.steps ?? []);
  const lines = calls.flatMap(linesOf).map((line) => withPrice(line, prices.get(line.model)));
  const estimate = plan === undefined ? undefined : estimatePlan(plan);
  const worst = new Map<string, Amount>();
  for (const step of estimate?.steps ?? []) worst.set(step.path, multiply(step.worst, step.times));
  return {
    lines,
    total: sumOf(lines),
    byModel: grouped(lines, ({ model }) => model).map(([model, some]) => ({ model, ...sumOf(some) })),
    byStep: grouped(lines, ({ step }) => plainPath(step)).map(([step, some]) => {
      const most = worst.get(step);
      return { step, ...sumOf(some), ...(most === undefined ? {} : { worst: most }) };
    }),
    ...(estimate === undefined
      ? {}
      : { estimate: { worst: estimate.worst, hasUnknownPrice: estimate.hasUnknownPrice } }),
  };
}

/** `drafts[3]#2/review~2` is `drafts/review`; a turn of a conversation belongs to its step, a vote to its check. */
export function plainPath(path: string): string {
  return path.replaceAll(/\/(?:turn|vote)#\d+/gu, '').replaceAll(/\[\d+\]|#\d+|~\d+/gu, '');
}

function linesOf({ path, endedAt, result }: CallRecord): readonly BillLine[] {
  if (result.status === 'skipped') return [];
  const of = { step: path, endedAt, ...rungOf(path) };
  const bought = (result.purchases ?? []).map((purchase): BillLine => ({ ...of, ...purchase }));
  if (result.status === 'cancelled' || result.model === undefined) return bought;
  const { model, usage, costNanoUsd, reused } = result;
  const used = usage === undefined ? {} : { usage };
  if (reused !== undefined) {
    const saved = { costNanoUsd: 0, savedNanoUsd: reused.costNanoUsd ?? 0 };
    return [{ ...of, model, attempt: 0, reason: 'reused', ...used, ...saved }];
  }
  // Records of former times tell of the answer only.
  const isOld = bought.length === 0 && result.status === 'done';
  return isOld ? [{ ...of, model, attempt: result.attempts, reason: 'answer', ...used, costNanoUsd }] : bought;
}

/** `draft/repair-1` and `draft/model-1/turn#2` are asked by the gate, not by the step itself. */
function rungOf(path: string): Pick<BillLine, 'rung'> {
  const [, rung] = /\/(repair|model)-\d+$/u.exec(path) ?? [];
  return rung === undefined ? {} : { rung: rung as 'repair' | 'model' };
}

function withPrice(line: BillLine, price: TokenPrice | undefined): BillLine {
  return price === undefined ? line : { ...line, price };
}

/** The prices of a plan do not change: one model has one of them. */
function pricesIn(steps: readonly StepPlan[]): ReadonlyMap<string, TokenPrice> {
  const prices = new Map<string, TokenPrice>();
  for (const step of steps) {
    for (const [model, price] of pricesIn(innerSteps(step))) prices.set(model, price);
    const asked = [...questionsOf(step), ...otherModels(step)].flatMap(({ candidates }) => candidates);
    for (const { provider, model, price } of asked) if (price) prices.set(`${provider}/${model}`, price);
  }
  return prices;
}

function sumOf(lines: readonly BillLine[]): BillSum {
  const made = lines.filter(({ reason }) => reason !== 'reused');
  const total = (valueOf: (line: BillLine) => number | null | undefined): number =>
    made.reduce((all, line) => all + (valueOf(line) ?? 0), 0);
  return {
    calls: made.length,
    usage: {
      inputTokens: total(({ usage }) => usage?.inputTokens),
      outputTokens: total(({ usage }) => usage?.outputTokens),
      cachedInputTokens: total(({ usage }) => usage?.cachedInputTokens),
      cacheWriteTokens: total(({ usage }) => usage?.cacheWriteTokens),
      reasoningTokens: total(({ usage }) => usage?.reasoningTokens),
    },
    costNanoUsd: total(({ costNanoUsd }) => costNanoUsd),
    unknown: made.filter(({ costNanoUsd }) => costNanoUsd === null).length,
    savedNanoUsd: lines.reduce((all, { savedNanoUsd = 0 }) => all + savedNanoUsd, 0),
  };
}

function grouped(
  lines: readonly BillLine[],
  keyOf: (line: BillLine) => string,
): readonly (readonly [string, readonly BillLine[]])[] {
  return [...Map.groupBy(lines, keyOf)];
}
