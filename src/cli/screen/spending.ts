import type { Ceiling, Period, Totals } from '../../pipeline/ceiling.ts';
import type { JsonObject } from '../../pipeline/json.ts';
import type { Amount } from '../../pipeline/ledger.ts';
import { scopeText, type SpendingChange, type SpendingStop } from '../../pipeline/spending-stop.ts';
import type { SpendingView } from '../../spending.ts';
import { isoTime, usdText } from './amounts.ts';
import { printableLine } from './printable.ts';
import type { Cell, Table } from './table.ts';
import type { Lines } from './terminal.ts';

/** As `--json` shows it. */
export function spendingReport({ stops, history, ceilings }: SpendingView): JsonObject {
  return {
    event: 'spending',
    stops: stops.map(stopReport),
    ceilings: ceilings.flatMap((each) => periodsOf(each).map((one) => ({ whose: each.whose, ...one }))),
    history: history.map((change) => ({ act: change.act, ...stopReport(change) })),
  };
}

export function stopReport({ tenant, provider, by, at, reason }: SpendingStop): JsonObject {
  return { tenant: tenant ?? null, provider: provider ?? null, by, at: isoTime(at), reason: reason ?? null };
}

export function stopLines(stops: readonly SpendingStop[]): Lines {
  if (stops.length === 0) return ['Nothing is stopped'];
  return stops.map((stop) => printableLine(`Stopped: ${scopeText(stop)}${byText(stop)}`));
}

export function historyLines(history: readonly SpendingChange[]): Lines {
  return history.map((change) => {
    const did = change.act === 'stop' ? 'stopped' : 'resumed';
    return printableLine(`${isoTime(change.at)} ${did}: ${scopeText(change)}${byText(change)}`);
  });
}

function byText({ by, reason }: SpendingStop): string {
  return `, by ${by}${reason === undefined ? '' : `: ${reason}`}`;
}

export function ceilingsTable({ ceilings }: SpendingView): Table {
  const rows = ceilings.flatMap((each) =>
    periodsOf(each).map(({ period, unit, limit, spent, reserved }) => {
      const text = (value: number): Cell => ({ text: unit === 'tokens' ? String(value) : usdText(value) });
      return [{ text: each.whose }, { text: `${period}, ${unit}` }, text(limit), text(spent), text(reserved)];
    }),
  );
  const columns = ['CEILING OF', 'IN A', 'LIMIT', 'SPENT', 'SET ASIDE'].map((head) => ({ head }));
  return { columns: rows.length === 0 ? [] : columns, rows };
}

interface Counted {
  readonly period: Period;
  readonly unit: 'usd' | 'tokens';
  /** Nano-dollars, or tokens. */
  readonly limit: number;
  readonly spent: number;
  readonly reserved: number;
}

function periodsOf({ ceiling, totals }: { readonly ceiling: Ceiling; readonly totals: Totals }): readonly Counted[] {
  return (['day', 'month'] as const).flatMap((period) =>
    (['nanoUsd', 'tokens'] as const satisfies readonly (keyof Amount)[]).flatMap((unit) => {
      const limit = ceiling[period][unit];
      if (limit === undefined) return [];
      const { spent, reserved } = totals[period];
      return [
        {
          period,
          unit: unit === 'tokens' ? unit : 'usd',
          limit,
          spent: spent[unit],
          reserved: reserved[unit],
        } as const,
      ];
    }),
  );
}
