import { NOTHING, sum, type Amount, type Limits } from './ledger.ts';

/** What may be spent in a day, and in a month (UTC); an absent limit is none. */
export interface Ceiling {
  readonly day: Limits;
  readonly month: Limits;
}

export type Period = keyof Ceiling;

/** What has been spent in a period, and is set aside for calls that go on. */
export interface Spent {
  readonly spent: Amount;
  readonly reserved: Amount;
}

/** The sums of one month, and of that day of it which was the last that anything happened on. */
export interface Totals {
  /** `2026-11-22`. */
  readonly date: string;
  readonly day: Spent;
  readonly month: Spent;
}

/** Why an amount is too much. */
export interface Excess {
  readonly period: Period;
  readonly unit: keyof Amount;
  readonly limit: number;
  readonly taken: number;
  /** True when it fits as soon as what is set aside comes back. */
  readonly isPassing: boolean;
}

const NONE: Spent = { spent: NOTHING, reserved: NOTHING };

/** The sums on a date; a day that is over no longer counts. */
export function totalsOn(totals: Totals | undefined, date: string): Totals {
  if (totals === undefined) return { date, day: NONE, month: NONE };
  return totals.date >= date ? totals : { ...totals, date, day: NONE };
}

/** What is too low for an amount; nothing when it fits. */
export function excessOf(totals: Totals, ceiling: Ceiling, amount: Amount): Excess | undefined {
  for (const period of ['day', 'month'] as const) {
    for (const unit of ['nanoUsd', 'tokens'] as const) {
      const limit = ceiling[period][unit];
      const { spent, reserved } = totals[period];
      if (limit === undefined || spent[unit] + reserved[unit] + amount[unit] <= limit) continue;
      const isPassing = spent[unit] + amount[unit] <= limit;
      return { period, unit, limit, taken: spent[unit] + reserved[unit], isPassing };
    }
  }
  return undefined;
}

/** Sets an amount aside. */
export function setAside(totals: Totals, amount: Amount): Totals {
  return change(totals, { date: totals.date, reserved: amount, spent: NOTHING });
}

/** Takes what was really used in place of what was set aside on a date. */
export function settleOn(totals: Totals, date: string, { amount, used }: { amount: Amount; used: Amount }): Totals {
  const back = { nanoUsd: -amount.nanoUsd, tokens: -amount.tokens };
  return change(totals, { date, reserved: back, spent: used });
}

function change(totals: Totals, { date, ...more }: Spent & { readonly date: string }): Totals {
  const added = ({ spent, reserved }: Spent): Spent => ({
    spent: sum(spent, more.spent),
    reserved: sum(reserved, more.reserved),
  });
  return { ...totals, month: added(totals.month), day: totals.date === date ? added(totals.day) : totals.day };
}
