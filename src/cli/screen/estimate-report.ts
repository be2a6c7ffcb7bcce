import type { PlanEstimate, StepEstimate } from '../../pipeline/estimate.ts';
import { type CallEstimate, multiply } from '../../pipeline/estimate/model-estimate.ts';
import type { JsonObject } from '../../pipeline/json.ts';
import type { BudgetPlan } from '../../pipeline/plan.ts';
import type { Past, Spread, Spreads } from '../../pipeline/past.ts';
import { usdText } from './amounts.ts';
import { printableLine } from './printable.ts';
import { type Cell, type Column, tableLines } from './table.ts';
import type { Lines, Terminal } from './terminal.ts';

/** What a run may use, and what past runs have used. */
export interface Outlook {
  readonly estimate: PlanEstimate;
  readonly past: Past | undefined;
  readonly budget?: BudgetPlan | undefined;
}

const COLUMNS: readonly Column[] = [
  { head: 'STEP' },
  { head: 'MODEL', rank: 3 },
  { head: 'TIMES' },
  { head: 'TOKENS/CALL', rank: 2 },
  { head: 'COST/CALL', rank: 2 },
  { head: 'TOKENS AT MOST' },
  { head: 'COST AT MOST' },
  { head: 'P50', rank: 1 },
  { head: 'P90', rank: 1 },
  { head: 'WITHOUT' },
];

/** A row for each step that asks a model, and one for the run. Nothing where no step does. */
export function estimateLines({ estimate, past, budget }: Outlook, { paint, size }: Terminal): Lines {
  if (estimate.steps.length === 0) return [];
  const rows = [...estimate.steps.map((step) => stepCells(step, past)), totalCells(estimate, past)];
  const runs = past && `P50 and P90: what half, and nine of ten, of ${runsText(past.runs)} cost at most`;
  return [
    '',
    ...tableLines({ columns: COLUMNS, rows }, paint, size.columns),
    ...(runs === undefined ? [] : [paint('dim', runs)]),
    ...(budget === undefined ? [] : [paint('dim', budgetText(budget, estimate))]),
  ];
}

function budgetText({ nanoUsd, tokens, onExceeded }: BudgetPlan, { worst }: PlanEstimate): string {
  const limits = [
    ...(nanoUsd === undefined ? [] : [usdText(nanoUsd)]),
    ...(tokens === undefined ? [] : [`${tokens} tokens`]),
  ];
  const isLess = worst.nanoUsd > (nanoUsd ?? Infinity) || worst.tokens > (tokens ?? Infinity);
  const then = onExceeded === 'ask' ? 'it waits for a top-up before it uses more' : 'it fails before it uses more';
  return `The budget is ${limits.join(' and ')}${isLess ? ', less than the run may use at most' : ''}: ${then}`;
}

function runsText(count: number): string {
  return count === 1 ? 'the one run that is done' : `${count} runs that are done`;
}

function stepCells(step: StepEstimate, past: Past | undefined): readonly Cell[] {
  const [first] = step.calls as readonly [CallEstimate];
  const { tokens, nanoUsd } = multiply(step.worst, step.times);
  const more = step.calls.length === 1 ? '' : ` and ${step.calls.length - 1} more`;
  return [
    { text: step.path },
    { text: `${printableLine(first.model)}${more}`, style: 'dim' },
    { text: String(step.times) },
    { text: String(first.tokens) },
    { text: first.nanoUsd === null ? 'not known' : usdText(first.nanoUsd) },
    { text: String(tokens) },
    { text: costText(nanoUsd, step.hasUnknownPrice) },
    ...spreadCells(past?.steps.get(step.path)),
    { text: step.unknown.join(', '), style: 'yellow' },
  ];
}

function totalCells({ worst, hasUnknownPrice }: PlanEstimate, past: Past | undefined): readonly Cell[] {
  return [
    { text: 'run', style: 'bold' },
    ...['', '', '', ''].map((text) => ({ text })),
    { text: String(worst.tokens) },
    { text: costText(worst.nanoUsd, hasUnknownPrice) },
    ...spreadCells(past),
    { text: '' },
  ];
}

function costText(nanoUsd: number, hasUnknownPrice: boolean): string {
  return hasUnknownPrice ? 'not known' : usdText(nanoUsd);
}

function spreadCells(spreads: Spreads | undefined): readonly Cell[] {
  const texts = spreads === undefined ? ['', ''] : [spreads.nanoUsd.p50, spreads.nanoUsd.p90].map(usdText);
  return texts.map((text) => ({ text }));
}

/** The same for programs. A cost is null where a price is not known. */
export function estimateReport({ estimate, past }: Outlook): JsonObject {
  const { steps, worst, hasUnknownPrice } = estimate;
  return {
    steps: steps.map((step) => stepReport(step, past)),
    ...worstReport(worst, hasUnknownPrice),
    past: past === undefined ? null : { runs: past.runs, ...spreadsReport(past) },
  };
}

function stepReport(step: StepEstimate, past: Past | undefined): JsonObject {
  const spreads = past?.steps.get(step.path);
  return {
    path: step.path,
    times: step.times,
    calls: step.calls.map(({ model, tokens, nanoUsd }) => ({
      model,
      tokens,
      cost_usd: nanoUsd === null ? null : nanoUsd / 1e9,
    })),
    ...worstReport(multiply(step.worst, step.times), step.hasUnknownPrice),
    without: step.unknown,
    past: spreads === undefined ? null : spreadsReport(spreads),
  };
}

function worstReport(worst: PlanEstimate['worst'], hasUnknownPrice: boolean): JsonObject {
  return { tokens_max: worst.tokens, cost_usd_max: hasUnknownPrice ? null : worst.nanoUsd / 1e9 };
}

function spreadsReport({ tokens, nanoUsd }: Spreads): JsonObject {
  const inUsd: Spread = { p50: nanoUsd.p50 / 1e9, p90: nanoUsd.p90 / 1e9 };
  return { tokens: { ...tokens }, cost_usd: { ...inUsd } };
}
