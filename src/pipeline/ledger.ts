/** Money in nano-dollars and tokens, both whole numbers. */
export interface Amount {
  readonly nanoUsd: number;
  readonly tokens: number;
}

/** An absent limit is none. */
export type Limits = Partial<Amount>;

/** The names of the two budgets that belong to no step: a run's own, and what the run around a part has granted it. */
export const OWN = '/own';
export const GRANT = '/grant';

/** One budget: of a run, of a part of it, or of a step and all that it holds. Those of steps are named by their paths. */
export interface Budget {
  readonly limits: Limits;
  readonly spent: Amount;
  readonly reserved: Amount;
}

/** An amount that is wanted, or set aside, and the budgets that it counts against. */
export interface Claim {
  readonly amount: Amount;
  readonly from: readonly string[];
}

/** What a run, or a part of one, may spend, has spent, and has set aside for calls that go on. */
export interface Ledger {
  readonly budgets: ReadonlyMap<string, Budget>;
  readonly reserved: ReadonlyMap<string, Claim>;
  /** What waits to be reserved, in the order in which it was asked for. */
  readonly waiting: readonly (readonly [id: string, claim: Claim])[];
}

/** A budget that is too low for what waits, and what it lacks. */
export interface Shortage {
  readonly by: string;
  readonly missing: Amount;
}

export const NOTHING: Amount = { nanoUsd: 0, tokens: 0 };
export const EMPTY_LEDGER: Ledger = { budgets: new Map(), reserved: new Map(), waiting: [] };

/** Opens a budget, unless there is one of this name. */
export function openBudget(
  ledger: Ledger,
  name: string,
  { limits, spent = NOTHING }: { readonly limits: Limits; readonly spent?: Amount | undefined },
): Ledger {
  if (ledger.budgets.has(name)) return ledger;
  return { ...ledger, budgets: new Map([...ledger.budgets, [name, { limits, spent, reserved: NOTHING }]]) };
}

/** Forgets a budget: what is still set aside of it counts against the others only. */
export function closeBudget(ledger: Ledger, name: string): Ledger {
  const budgets = new Map(ledger.budgets);
  budgets.delete(name);
  return advance({ ...ledger, budgets });
}

/** Asks for an amount to be set aside; it waits behind what was asked for before, of the same budgets. */
export function ask(ledger: Ledger, id: string, claim: Claim): Ledger {
  return advance({ ...ledger, waiting: [...ledger.waiting, [id, claim]] });
}

/** Whether what was asked for has been set aside. */
export function isReserved(ledger: Ledger, id: string): boolean {
  return ledger.reserved.has(id);
}

/** Whether what was asked for waits still. */
export function isWaiting(ledger: Ledger, id: string): boolean {
  return ledger.waiting.some(([other]) => other === id);
}

/** Takes what was used without having been set aside. */
export function charge(ledger: Ledger, from: readonly string[], used: Amount): Ledger {
  return { ...ledger, budgets: change(ledger, from, (budget) => ({ ...budget, spent: sum(budget.spent, used) })) };
}

/** Takes what a call has really used, in place of what was set aside for it. What only waited is forgotten. */
export function settle(ledger: Ledger, id: string, used: Amount): Ledger {
  const claim = ledger.reserved.get(id);
  const reserved = new Map(ledger.reserved);
  reserved.delete(id);
  const waiting = ledger.waiting.filter(([other]) => other !== id);
  const { amount, from } = claim ?? NO_CLAIM;
  const budgets = change(ledger, from, (budget) => ({
    ...budget,
    spent: sum(budget.spent, used),
    reserved: less(budget.reserved, amount),
  }));
  return advance({ budgets, reserved, waiting });
}

/** Raises the limits that a budget has. */
export function raise(ledger: Ledger, name: string, amount: Amount): Ledger {
  const budgets = change(ledger, [name], (budget) => ({ ...budget, limits: raised(budget.limits, amount) }));
  return advance({ ...ledger, budgets });
}

/**
 * What holds up those who wait, by their ids: budgets that would still be too low if everything that is set aside came
 * back, but for what is held by those who wait themselves. Who waits behind somebody else for the same budget is not held up by it.
 */
export function shortages(ledger: Ledger): ReadonlyMap<string, readonly Shortage[]> {
  const found = new Map<string, readonly Shortage[]>();
  const closed = new Set<string>();
  for (const [id, { amount, from }] of ledger.waiting) {
    const tight = from.filter((name) => !closed.has(name) && !fits(ledger, name, amount));
    const short = tight.flatMap((by) => {
      const { limits, spent } = ledger.budgets.get(by) as Budget;
      const missing = excess(sum(sum(spent, stuckIn(ledger, by)), amount), limits);
      return missing.nanoUsd > 0 || missing.tokens > 0 ? [{ by, missing }] : [];
    });
    if (short.length > 0) found.set(id, short);
    for (const name of tight) closed.add(name);
  }
  return found;
}

/** What is neither spent nor set aside in the tightest of these budgets; infinite where none has a limit. */
export function available({ budgets }: Ledger, from: readonly string[]): Amount {
  const left = (unit: keyof Amount): number =>
    Math.min(
      ...from.map((name) => {
        const { limits, spent, reserved } = budgets.get(name) ?? NO_BUDGET;
        return (limits[unit] ?? Infinity) - spent[unit] - reserved[unit];
      }),
    );
  return { nanoUsd: left('nanoUsd'), tokens: left('tokens') };
}

export function sum(a: Amount, b: Amount): Amount {
  return { nanoUsd: a.nanoUsd + b.nanoUsd, tokens: a.tokens + b.tokens };
}

const NO_CLAIM: Claim = { amount: NOTHING, from: [] };
const NO_BUDGET: Budget = { limits: {}, spent: NOTHING, reserved: NOTHING };

/**
 * Sets aside what waits, as far as it fits. Nobody is overtaken by something smaller: a budget that is too low for one
 * gives nothing to those who came later. Those who need other budgets go on.
 */
function advance(ledger: Ledger): Ledger {
  const closed = new Set<string>();
  for (const [id, claim] of ledger.waiting) {
    const tight = claim.from.filter((name) => closed.has(name) || !fits(ledger, name, claim.amount));
    if (tight.length === 0) return advance(setAside(ledger, id, claim));
    for (const name of tight) closed.add(name);
  }
  return ledger;
}

function fits(ledger: Ledger, name: string, { nanoUsd, tokens }: Amount): boolean {
  const room = available(ledger, [name]);
  return nanoUsd <= room.nanoUsd && tokens <= room.tokens;
}

function setAside(ledger: Ledger, id: string, claim: Claim): Ledger {
  return {
    budgets: change(ledger, claim.from, (budget) => ({ ...budget, reserved: sum(budget.reserved, claim.amount) })),
    reserved: new Map([...ledger.reserved, [id, claim]]),
    waiting: ledger.waiting.filter(([other]) => other !== id),
  };
}

function change(
  { budgets }: Ledger,
  names: readonly string[],
  next: (budget: Budget) => Budget,
): ReadonlyMap<string, Budget> {
  const changed = new Map(budgets);
  for (const name of names) {
    const budget = changed.get(name);
    if (budget !== undefined) changed.set(name, next(budget));
  }
  return changed;
}

/** What of a budget is set aside for parts of the run that wait for more of it: it does not come back before they get it. */
function stuckIn({ reserved, waiting }: Ledger, name: string): Amount {
  const owners = new Set(waiting.flatMap(([id, { from }]) => (from.includes(name) ? [ownerOf(id)] : [])));
  const stuck = [...reserved].filter(([id, { from }]) => from.includes(name) && owners.has(ownerOf(id)));
  return stuck.map(([, { amount }]) => amount).reduce(sum, NOTHING);
}

/** Whoever asks several times does so under ids that begin with the same words, and end with a number. */
function ownerOf(id: string): string {
  return id.slice(0, Math.max(id.lastIndexOf(' '), 0)) || id;
}

function less(a: Amount, b: Amount): Amount {
  return { nanoUsd: a.nanoUsd - b.nanoUsd, tokens: a.tokens - b.tokens };
}

function raised(limits: Limits, amount: Amount): Limits {
  return {
    ...(limits.nanoUsd === undefined ? {} : { nanoUsd: limits.nanoUsd + amount.nanoUsd }),
    ...(limits.tokens === undefined ? {} : { tokens: limits.tokens + amount.tokens }),
  };
}

function excess(wanted: Amount, limits: Limits): Amount {
  return {
    nanoUsd: Math.max(wanted.nanoUsd - (limits.nanoUsd ?? Infinity), 0),
    tokens: Math.max(wanted.tokens - (limits.tokens ?? Infinity), 0),
  };
}
