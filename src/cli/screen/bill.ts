import type { Bill, BillLine, BillSum, StepSum } from '../../pipeline/bill.ts';
import type { JsonObject } from '../../pipeline/json.ts';
import type { Amount } from '../../pipeline/ledger.ts';
import type { TokenPrice } from '../../pipeline/model-plan.ts';
import type { Usage } from '../../pipeline/result.ts';
import { isoTime, usdText } from './amounts.ts';
import { printableLine } from './printable.ts';
import { tableLines, type Cell, type Column } from './table.ts';
import type { Lines, Terminal } from './terminal.ts';

/** A bill as `--json` shows it. Costs are whole nano-dollars; null where nobody knows. */
export function billReport(runId: string, { lines, total, byModel, byStep, estimate }: Bill): JsonObject {
  return {
    event: 'bill',
    run_id: runId,
    calls: lines.map(lineReport),
    total: sumReport(total),
    by_model: byModel.map(({ model, ...sum }) => ({ model, ...sumReport(sum) })),
    by_step: byStep.map(({ step, worst, ...sum }) => ({ step, ...sumReport(sum), worst: amountReport(worst) })),
    plan: { worst: amountReport(estimate?.worst), has_unknown_price: estimate?.hasUnknownPrice ?? null },
  };
}

function lineReport({ step, model, attempt, turn, rung, reason, code, usage, price, ...line }: BillLine): JsonObject {
  return {
    step,
    ...(turn === undefined ? {} : { turn }),
    model,
    attempt,
    reason,
    ...(rung === undefined ? {} : { rung }),
    ...(code === undefined ? {} : { code }),
    usage: usage === undefined ? null : usageReport(usage),
    price: price === undefined ? null : priceReport(price),
    cost_nano_usd: line.costNanoUsd,
    ...(line.savedNanoUsd === undefined ? {} : { saved_nano_usd: line.savedNanoUsd }),
    ...(line.requestId === undefined ? {} : { request_id: line.requestId }),
    ended_at: isoTime(line.endedAt),
  };
}

function usageReport(usage: Usage): JsonObject {
  return {
    input_tokens: usage.inputTokens,
    cached_input_tokens: usage.cachedInputTokens,
    cache_write_tokens: usage.cacheWriteTokens ?? 0,
    output_tokens: usage.outputTokens,
    reasoning_tokens: usage.reasoningTokens ?? 0,
  };
}

/** Nano-dollars per token. */
function priceReport({ inputNanoUsd, outputNanoUsd, cachedInputNanoUsd, cacheWriteNanoUsd }: TokenPrice): JsonObject {
  return {
    input: inputNanoUsd,
    output: outputNanoUsd,
    cached_input: cachedInputNanoUsd ?? null,
    cache_write: cacheWriteNanoUsd ?? null,
  };
}

function sumReport({ calls, usage, costNanoUsd, unknown, savedNanoUsd }: BillSum): JsonObject {
  const money = { cost_nano_usd: costNanoUsd, unknown_costs: unknown, saved_nano_usd: savedNanoUsd };
  return { calls, ...usageReport(usage), ...money };
}

function amountReport(amount: Amount | undefined): JsonObject | null {
  return amount === undefined ? null : { nano_usd: amount.nanoUsd, tokens: amount.tokens };
}

/** Every request, then the sums by model and by step, and what the plan said. */
export function billLines(bill: Bill, { paint, size }: Pick<Terminal, 'paint' | 'size'>): Lines {
  const { lines, byModel, byStep, total, estimate } = bill;
  if (lines.length === 0) return ['No model was asked'];
  const table = (columns: readonly Column[], rows: readonly (readonly Cell[])[]): Lines =>
    tableLines({ columns, rows }, paint, size.columns);
  return [
    ...table(LINE_COLUMNS, lines.map(lineCells)),
    '',
    ...table(
      columnsOf('MODEL'),
      byModel.map((each) => [{ text: each.model }, ...sumCells(each)]),
    ),
    '',
    ...table(
      [...columnsOf('STEP'), { head: 'PLANNED AT MOST' }],
      [...byStep.map(stepCells), [{ text: 'all', style: 'bold' }, ...sumCells(total), worstCell(estimate?.worst)]],
    ),
    ...notes(total),
  ];
}

const LINE_COLUMNS: readonly Column[] = [
  { head: 'STEP' },
  { head: 'TRY', rank: 2 },
  { head: 'MODEL', rank: 1 },
  { head: 'IN' },
  { head: 'CACHED', rank: 3 },
  { head: 'OUT' },
  { head: 'REASONING', rank: 4 },
  { head: 'PRICE', rank: 5 },
  { head: 'COST' },
  { head: 'WHY' },
];

function lineCells({
  step,
  turn,
  attempt,
  model,
  usage,
  price,
  costNanoUsd,
  reason,
  rung,
  code,
}: BillLine): readonly Cell[] {
  return [
    { text: printableLine(turn === undefined ? step : `${step}/turn#${turn}`) },
    { text: attempt === 0 ? '' : String(attempt) },
    { text: model },
    count(usage?.inputTokens),
    count(usage?.cachedInputTokens),
    count(usage?.outputTokens),
    count(usage?.reasoningTokens),
    { text: price === undefined ? '' : priceText(price), style: 'dim' },
    { text: costNanoUsd === null ? 'unknown' : usdText(costNanoUsd) },
    { text: code ?? reasonText(reason, rung), ...(reason === 'failure' ? { style: 'red' } : { style: 'dim' }) },
  ];
}

/** A repair that the gate wants is another thing than one of an answer that did not fit its schema. */
function reasonText(reason: BillLine['reason'], rung: BillLine['rung']): string {
  if (rung === undefined) return reason;
  return reason === 'answer' ? `gate: ${rung}` : `${reason}, gate: ${rung}`;
}

function count(tokens: number | undefined): Cell {
  return { text: tokens === undefined ? '' : String(tokens) };
}

/** Dollars per million tokens, in and out. */
function priceText({ inputNanoUsd, outputNanoUsd }: TokenPrice): string {
  return `$${inputNanoUsd / 1000} / $${outputNanoUsd / 1000} per M`;
}

function columnsOf(name: string): readonly Column[] {
  return [name, 'CALLS', 'IN', 'OUT', 'COST', 'SAVED'].map((head) => ({ head }));
}

function sumCells({ calls, usage, costNanoUsd, unknown, savedNanoUsd }: BillSum): readonly Cell[] {
  return [
    { text: String(calls) },
    { text: String(usage.inputTokens) },
    { text: String(usage.outputTokens) },
    { text: unknown > 0 ? `at least ${usdText(costNanoUsd)}` : usdText(costNanoUsd) },
    { text: savedNanoUsd === 0 ? '' : usdText(savedNanoUsd) },
  ];
}

function stepCells(step: StepSum): readonly Cell[] {
  return [{ text: printableLine(step.step) }, ...sumCells(step), worstCell(step.worst)];
}

function worstCell(worst: Amount | undefined): Cell {
  return { text: worst === undefined ? '' : `${worst.tokens} tokens, ${usdText(worst.nanoUsd)}`, style: 'dim' };
}

function notes({ unknown }: BillSum): Lines {
  return unknown === 0
    ? []
    : [
        '',
        `Of ${unknown} of these requests nobody knows the cost: the model has no known price, or its server did not live to tell`,
      ];
}
