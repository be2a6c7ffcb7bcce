import type { Usage } from '../../pipeline/result.ts';
import type { BudgetView } from '../../pipeline/view.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const NANO_USD = 1e9;

/** `0.4s`, `12.3s`, `2m 05s`, `1h 02m`, `3d 4h`. */
export function elapsedText(exactMs: number): string {
  // Rounded first, so that 59.96 s reads "1m 00s" and not "60.0s".
  const ms = Math.round(Math.max(0, exactMs) / 100) * 100;
  if (ms < MINUTE_MS) return `${(ms / SECOND_MS).toFixed(1)}s`;
  if (ms < HOUR_MS) return `${Math.floor(ms / MINUTE_MS)}m ${twoDigits((ms % MINUTE_MS) / SECOND_MS)}s`;
  if (ms < DAY_MS) return `${Math.floor(ms / HOUR_MS)}h ${twoDigits((ms % HOUR_MS) / MINUTE_MS)}m`;
  return `${Math.floor(ms / DAY_MS)}d ${Math.floor((ms % DAY_MS) / HOUR_MS)}h`;
}

export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

function twoDigits(value: number): string {
  return String(Math.floor(value)).padStart(2, '0');
}

/** Enough digits that a cheap call does not read as free: `$0`, `$0.000042`, `$0.0310`, `$12.50`. */
export function usdText(nanoUsd: number): string {
  if (nanoUsd === 0) return '$0';
  const usd = nanoUsd / NANO_USD;
  if (usd >= 1) return `$${usd.toFixed(2)}`;
  return `$${usd.toFixed(usd >= 0.01 ? 4 : 9).replace(/(\.\d{2,}?)0+$/, '$1')}`;
}

/** The cost of a whole run; "at least" when the price of some call is not known. */
export function totalCostText(run: { readonly costNanoUsd: number; readonly hasUnknownCost: boolean }): string {
  return run.hasUnknownCost ? `at least ${usdText(run.costNanoUsd)}` : usdText(run.costNanoUsd);
}

export function tokensText(usage: Usage): string {
  return `${usage.inputTokens} in, ${usage.outputTokens} out`;
}

/** How much of a budget is gone: `$0.031 of $0.50 and 120 of 2000 tokens`; nothing where nothing is limited. */
export function spentText({ limit: { nanoUsd, tokens }, spent }: Pick<BudgetView, 'limit' | 'spent'>): string {
  const usd = nanoUsd === undefined ? [] : [`${usdText(spent.nanoUsd)} of ${usdText(nanoUsd)}`];
  return [...usd, ...(tokens === undefined ? [] : [`${spent.tokens} of ${tokens} tokens`])].join(' and ');
}
