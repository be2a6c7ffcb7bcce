import {
  available,
  charge,
  closeBudget,
  EMPTY_LEDGER,
  GRANT,
  NOTHING,
  openBudget,
  OWN,
  settle,
  shortages,
  type Amount,
  type Budget,
  type Ledger,
  type Limits,
  type Shortage,
} from '../src/pipeline/ledger.ts';
import type { BudgetPlan } from '../src/pipeline/plan.ts';
import type { Carried } from './run-request.ts';
import type { RunState } from './run-state.ts';

/** What a run, or a part of it, and its steps may spend; absent where there is no budget at all. */
export interface Money {
  ledger: Ledger;
  /** What becomes of a call that a budget is too low for, by the name of the budget. */
  readonly onExceeded: Map<string, BudgetPlan['onExceeded']>;
  /** What people are asked for. */
  readonly asks: Map<string, MoneyAsk>;
  /** True when the run around this part has no more. */
  isRefused: boolean;
  /** Tells reservations apart. */
  count: number;
  /** What is known of `known`, so that it is worked out once for all who wait. */
  short: { readonly of: Ledger; readonly found: ReadonlyMap<string, readonly Shortage[]> } | undefined;
}

/** A budget that somebody may raise. */
export interface MoneyAsk {
  /** The path of the step whose budget it is, in the whole run; absent for that of the run. */
  readonly step?: string;
  readonly missing: Amount;
  /** The part of the run that asks; absent when it is this history itself. */
  readonly part?: string;
}

/** What of a budget goes on in a new history. */
export type CarriedBudget = NonNullable<Carried['budget']>;

interface Opened {
  readonly grant?: Limits | undefined;
  /** What the run around a part does when there is no more. */
  readonly granted?: BudgetPlan['onExceeded'] | undefined;
  readonly carried?: CarriedBudget | undefined;
}

export function openMoney(
  budget: BudgetPlan | undefined,
  { grant, granted: kindOfGrant = 'fail', carried }: Opened,
): Money | undefined {
  if (budget === undefined && grant === undefined && carried === undefined) return undefined;
  const { onExceeded = 'fail', ...limits } = budget ?? {};
  const money = emptyMoney();
  money.onExceeded.set(OWN, onExceeded);
  const { spent, own = limits, steps = [] } = carried ?? {};
  money.ledger = openBudget(money.ledger, OWN, { limits: own, spent });
  const granted = carried?.grant ?? grant;
  if (granted !== undefined) money.onExceeded.set(GRANT, kindOfGrant);
  if (granted !== undefined) money.ledger = openBudget(money.ledger, GRANT, { limits: granted, spent });
  for (const [path, step] of steps) {
    const { onExceeded: kind, spent: used, ...most } = step;
    money.onExceeded.set(path, kind);
    money.ledger = openBudget(money.ledger, path, { limits: most, spent: used });
  }
  return money;
}

function emptyMoney(): Money {
  const ledger = EMPTY_LEDGER;
  return { ledger, onExceeded: new Map(), asks: new Map(), isRefused: false, count: 0, short: undefined };
}

/** What of it goes on when the run goes on in a new history: nothing is set aside then, nor asked for. */
export function carriedBudget({ ledger, onExceeded }: Money): CarriedBudget {
  const { limits: own, spent } = ledger.budgets.get(OWN) as Budget;
  const grant = ledger.budgets.get(GRANT)?.limits;
  const steps = [...ledger.budgets].flatMap(([path, budget]) => {
    const kind = onExceeded.get(path);
    return path === OWN || path === GRANT || kind === undefined
      ? []
      : [[path, { ...budget.limits, onExceeded: kind, spent: budget.spent }] as const];
  });
  return { spent, own, ...(grant === undefined ? {} : { grant }), ...(steps.length === 0 ? {} : { steps }) };
}

/** Does the work of a step within its budget; what it has used of it is remembered when the run goes on in a new history. */
export async function withinStepBudget<T>(
  state: RunState,
  { path, budget }: { readonly path: string; readonly budget: BudgetPlan | undefined },
  work: () => Promise<T>,
): Promise<T> {
  if (budget === undefined) return work();
  const { onExceeded, ...limits } = budget;
  const money = moneyOf(state);
  money.onExceeded.set(path, onExceeded);
  money.ledger = openBudget(money.ledger, path, { limits });
  try {
    return await work();
  } finally {
    money.ledger = closeBudget(money.ledger, path);
    money.onExceeded.delete(path);
  }
}

/** What a run keeps of money, from now on if it has no budget of its own. */
export function moneyOf(state: RunState): Money {
  const { costNanoUsd, usage } = state.spent;
  const spent = { nanoUsd: costNanoUsd, tokens: usage.inputTokens + usage.outputTokens };
  state.money ??= { ...emptyMoney(), ledger: openBudget(EMPTY_LEDGER, OWN, { limits: {}, spent }) };
  return state.money;
}

/** The names of the budgets that something at a path counts against. */
export function budgetsAt({ ledger }: Money, path: string): readonly string[] {
  return [...ledger.budgets.keys()].filter((name) => name === OWN || name === GRANT || holds(name, path));
}

/** Whether a path is that of a step, or lies inside it: its items, rounds, tries and steps. */
export function holds(step: string, path: string): boolean {
  return path.startsWith(step) && (path.length === step.length || '/#~[|'.includes(path.charAt(step.length)));
}

/** Whether some budget limits what something at a path may spend of a kind. */
export function isLimited(money: Money, path: string, unit: keyof Amount): boolean {
  return available(money.ledger, budgetsAt(money, path))[unit] < Infinity;
}

/** Whether the run waits for people when there is no more for something at a path. */
export function asksPeople(money: Money | undefined, path: string): boolean {
  return money !== undefined && budgetsAt(money, path).some((name) => money.onExceeded.get(name) === 'ask');
}

/** The budgets that hold up what waits under an id. */
export function shortagesOf(money: Money, id: string): readonly Shortage[] {
  if (money.short?.of !== money.ledger) money.short = { of: money.ledger, found: shortages(money.ledger) };
  return money.short.found.get(id) ?? [];
}

/** What a part begins with: nothing of what is limited where it is. */
export function firstGrant(money: Money | undefined, path: string): Limits | undefined {
  if (money === undefined) return undefined;
  const units = (['nanoUsd', 'tokens'] as const).filter((unit) => isLimited(money, path, unit));
  return units.length === 0 ? undefined : Object.fromEntries(units.map((unit) => [unit, 0]));
}

/** The path of a part in its run. */
export function pathOfPart(runId: string, part: string): string {
  return part.slice(runId.length + 1);
}

/** A part has ended: what it was granted comes back, but for what it has used, and nobody is asked for it any more. */
export function settlePart({ money, root }: Pick<RunState, 'money' | 'root'>, name: string, used: Amount): void {
  if (money === undefined) return;
  const part = `${root.runId}/${name}`;
  for (const [key, ask] of money.asks) if (ask.part === part) money.asks.delete(key);
  const { reserved, waiting } = money.ledger;
  const ids = [...reserved.keys(), ...waiting.map(([id]) => id)].filter((id) => id.startsWith(`${part} `));
  // What it has used first: nobody is to get it in between.
  const charged = charge(money.ledger, budgetsAt(money, name), used);
  money.ledger = ids.reduce((ledger, id) => settle(ledger, id, NOTHING), charged);
}
