import { NOTHING, openLedger, settle, type Amount, type Ledger, type Limits } from '../src/pipeline/ledger.ts';
import type { BudgetPlan } from '../src/pipeline/plan.ts';

/** What a run, or a part of it, may spend; absent where there is no budget at all. */
export interface Money {
  ledger: Ledger;
  readonly onExceeded: BudgetPlan['onExceeded'];
  /** What is missing, while people are asked for more. */
  missing: Amount | undefined;
  /** True when the run around this part has no more. */
  isRefused: boolean;
  /** Tells reservations apart. */
  count: number;
}

export function openMoney(
  budget: BudgetPlan | undefined,
  { grant, spent = NOTHING }: { readonly grant?: Limits | undefined; readonly spent?: Amount | undefined },
): Money | undefined {
  if (budget === undefined && grant === undefined) return undefined;
  const { onExceeded = 'fail', ...own } = budget ?? {};
  const ledger = openLedger({ own, ...(grant === undefined ? {} : { grant }) }, spent);
  return { ledger, onExceeded, missing: undefined, isRefused: false, count: 0 };
}

/** What a part begins with: nothing of what is limited here. */
export function firstGrant(money: Money | undefined): Limits | undefined {
  if (money === undefined) return undefined;
  const { own, grant = {} } = money.ledger;
  return {
    ...(own.nanoUsd === undefined && grant.nanoUsd === undefined ? {} : { nanoUsd: 0 }),
    ...(own.tokens === undefined && grant.tokens === undefined ? {} : { tokens: 0 }),
  };
}

/** A part has ended: what it was granted comes back, but for what it has used. */
export function settlePart(money: Money | undefined, part: string, used: Amount): void {
  if (money === undefined) return;
  const held = [...money.ledger.reserved.keys()].filter((id) => id.startsWith(`${part} `));
  const [first = part, ...rest] = held;
  money.ledger = rest.reduce((ledger, id) => settle(ledger, id, NOTHING), settle(money.ledger, first, used));
}
