/** Money in nano-dollars and tokens, both whole numbers. */
export interface Amount {
  readonly nanoUsd: number;
  readonly tokens: number;
}

/** An absent limit is none. */
export type Limits = Partial<Amount>;

/** What a run, or a part of one, may spend, has spent, and has set aside for calls that go on. */
export interface Ledger {
  /** Its own budget. */
  readonly own: Limits;
  /** Of a part: what the run around it has granted so far. A limit that it lacks is none. */
  readonly grant?: Limits;
  readonly spent: Amount;
  readonly reserved: ReadonlyMap<string, Amount>;
  /** What waits to be reserved, in the order in which it was asked for. */
  readonly waiting: readonly (readonly [id: string, amount: Amount])[];
}

export const NOTHING: Amount = { nanoUsd: 0, tokens: 0 };

/** An empty ledger. */
export function openLedger(limits: Pick<Ledger, 'own' | 'grant'>, spent: Amount = NOTHING): Ledger {
  return { ...limits, spent, reserved: new Map(), waiting: [] };
}

/** Asks for an amount to be set aside; it waits behind what was asked for before. */
export function ask(ledger: Ledger, id: string, amount: Amount): Ledger {
  return advance({ ...ledger, waiting: [...ledger.waiting, [id, amount]] });
}

/** Whether what was asked for has been set aside. */
export function isReserved(ledger: Ledger, id: string): boolean {
  return ledger.reserved.has(id);
}

/** Takes what a call has really used, in place of what was set aside for it. */
export function settle(ledger: Ledger, id: string, used: Amount): Ledger {
  const reserved = new Map(ledger.reserved);
  reserved.delete(id);
  const waiting = ledger.waiting.filter(([other]) => other !== id);
  return advance({ ...ledger, reserved, waiting, spent: sum(ledger.spent, used) });
}

/** Raises the limits that there are: of the own budget, or of what was granted. */
export function raise(ledger: Ledger, which: 'own' | 'grant', amount: Amount): Ledger {
  return advance({ ...ledger, [which]: raised(ledger[which] ?? {}, amount) });
}

/**
 * What is missing for the first that waits, when it would still be missing if everything that is set aside came back,
 * but for what is held by those who wait themselves; undefined when nothing waits or waiting helps. `by` tells which limit is too low, the own one first.
 */
export function shortage(ledger: Ledger): { readonly by: 'own' | 'grant'; readonly missing: Amount } | undefined {
  const first = ledger.waiting[0];
  if (first === undefined) return undefined;
  const wanted = sum(sum(ledger.spent, stuckOf(ledger)), first[1]);
  for (const by of ['own', 'grant'] as const) {
    const missing = excess(wanted, ledger[by] ?? {});
    if (missing.nanoUsd > 0 || missing.tokens > 0) return { by, missing };
  }
  return undefined;
}

/** What is neither spent nor set aside, under the tightest limit; infinite where there is none. */
export function available(ledger: Ledger): Amount {
  const taken = takenOf(ledger);
  const left = (unit: keyof Amount): number =>
    Math.min(...[ledger.own[unit], ledger.grant?.[unit]].map((limit) => (limit ?? Infinity) - taken[unit]));
  return { nanoUsd: left('nanoUsd'), tokens: left('tokens') };
}

/** What is set aside, all together. */
export function reservedOf({ reserved }: Ledger): Amount {
  return [...reserved.values()].reduce(sum, NOTHING);
}

export function sum(a: Amount, b: Amount): Amount {
  return { nanoUsd: a.nanoUsd + b.nanoUsd, tokens: a.tokens + b.tokens };
}

/** Sets aside what waits, as long as the first of it fits: nobody is overtaken by something smaller. */
function advance(ledger: Ledger): Ledger {
  const [first, ...waiting] = ledger.waiting;
  if (first === undefined) return ledger;
  const [id, amount] = first;
  const room = available(ledger);
  if (amount.nanoUsd > room.nanoUsd || amount.tokens > room.tokens) return ledger;
  return advance({ ...ledger, waiting, reserved: new Map([...ledger.reserved, [id, amount]]) });
}

/** What is set aside for parts of the run that wait for more: it does not come back before they get it. */
function stuckOf({ reserved, waiting }: Ledger): Amount {
  const owners = new Set(waiting.map(([id]) => ownerOf(id)));
  const stuck = [...reserved].filter(([id]) => owners.has(ownerOf(id)));
  return stuck.map(([, amount]) => amount).reduce(sum, NOTHING);
}

/** Whoever asks several times does so under ids that begin with the same words, and end with a number. */
function ownerOf(id: string): string {
  return id.slice(0, Math.max(id.lastIndexOf(' '), 0)) || id;
}

function takenOf(ledger: Ledger): Amount {
  return sum(ledger.spent, reservedOf(ledger));
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
