import assert from 'node:assert/strict';
import {
  ask,
  available,
  charge,
  closeBudget,
  EMPTY_LEDGER,
  GRANT,
  isReserved,
  isWaiting,
  NOTHING,
  openBudget,
  OWN,
  raise,
  settle,
  shortages,
  sum,
  type Amount,
  type Claim,
  type Ledger,
  type Limits,
} from '../../../src/pipeline/ledger.ts';

const usd = (nanoUsd: number): Amount => ({ nanoUsd, tokens: 0 });
const claim = (nanoUsd: number, ...steps: readonly string[]): Claim => ({
  amount: usd(nanoUsd),
  from: [OWN, ...steps],
});

/** A ledger of a run, with the budgets of steps beside its own. */
function ledgerOf(own: Limits, steps: Readonly<Record<string, Limits>> = {}): Ledger {
  return Object.entries(steps).reduce(
    (ledger, [name, limits]) => openBudget(ledger, name, { limits }),
    openBudget(EMPTY_LEDGER, OWN, { limits: own }),
  );
}

function askAll(ledger: Ledger, claims: Readonly<Record<string, Claim>>): Ledger {
  return Object.entries(claims).reduce((each, [id, wanted]) => ask(each, id, wanted), ledger);
}

function reservedIn(ledger: Ledger): readonly string[] {
  return [...ledger.reserved.keys()];
}

describe('a ledger', () => {
  it('sets aside what fits, and lets the rest wait in its order', () => {
    let ledger = askAll(ledgerOf({ nanoUsd: 10 }), { a: claim(6), b: claim(5), c: claim(1) });
    assert.deepEqual(reservedIn(ledger), ['a']);
    assert.deepEqual([...shortages(ledger)], []);
    assert.deepEqual(
      ['a', 'b', 'd'].map((id) => isWaiting(ledger, id)),
      [false, true, false],
    );
    ledger = settle(ledger, 'a', usd(2));
    assert.deepEqual(reservedIn(ledger), ['b', 'c']);
    assert.deepEqual(ledger.budgets.get(OWN), { limits: { nanoUsd: 10 }, spent: usd(2), reserved: usd(6) });
  });

  it('is short when not even all that is set aside would help', () => {
    const wanted = { amount: { nanoUsd: 3, tokens: 120 }, from: [OWN] };
    let ledger = ask(
      openBudget(EMPTY_LEDGER, OWN, { limits: { nanoUsd: 10, tokens: 100 }, spent: usd(8) }),
      'a',
      wanted,
    );
    assert.deepEqual([...shortages(ledger)], [['a', [{ by: OWN, missing: { nanoUsd: 1, tokens: 20 } }]]]);
    ledger = raise(ledger, OWN, { nanoUsd: 1, tokens: 20 });
    assert.equal(isReserved(ledger, 'a'), true);
  });

  it('is short when those who hold the rest wait themselves', () => {
    const ledger = askAll(ledgerOf({ nanoUsd: 10 }), {
      'a 1': claim(6),
      'b 1': claim(4),
      'b 2': claim(1),
      'a 2': claim(1),
    });
    assert.deepEqual([...shortages(ledger)], [['b 2', [{ by: OWN, missing: usd(1) }]]]);
    assert.deepEqual([...shortages({ ...ledger, waiting: ledger.waiting.slice(0, 1) })], []);
  });

  it('keeps to every budget that a claim counts against', () => {
    const granted = openBudget(ledgerOf({ nanoUsd: 10 }), GRANT, { limits: { nanoUsd: 0, tokens: 5 } });
    let ledger = ask(granted, 'a', { amount: { nanoUsd: 4, tokens: 5 }, from: [OWN, GRANT] });
    assert.deepEqual([...shortages(ledger)], [['a', [{ by: GRANT, missing: usd(4) }]]]);
    ledger = raise(ledger, GRANT, { nanoUsd: 40, tokens: 0 });
    assert.equal(isReserved(ledger, 'a'), true);
    assert.deepEqual(available(ledger, [OWN, GRANT]), { nanoUsd: 6, tokens: 0 });
  });

  it('lets those go on that do not need the budget that is used up', () => {
    let ledger = askAll(ledgerOf({ nanoUsd: 10 }, { draft: { nanoUsd: 3 } }), {
      one: claim(2, 'draft'),
      two: claim(2, 'draft'),
      three: claim(1, 'draft'),
      other: claim(4),
    });
    assert.deepEqual(reservedIn(ledger), ['one', 'other']);
    ledger = settle(ledger, 'one', usd(2));
    assert.deepEqual([...shortages(ledger)], [['two', [{ by: 'draft', missing: usd(1) }]]]);
    ledger = raise(ledger, 'draft', usd(1));
    assert.deepEqual(reservedIn(ledger), ['other', 'two']);
    assert.deepEqual([...shortages(ledger)], [], 'the third waits behind the second');
  });

  it('says at once of all budgets that are too low', () => {
    const ledger = ask(ledgerOf({ nanoUsd: 1 }, { draft: { nanoUsd: 2 } }), 'draft 1', claim(5, 'draft'));
    const short = [
      { by: OWN, missing: usd(4) },
      { by: 'draft', missing: usd(3) },
    ];
    assert.deepEqual([...shortages(ledger)], [['draft 1', short]]);
  });

  it('opens a budget once, and forgets it with what is set aside of it', () => {
    let ledger = ledgerOf({ nanoUsd: 10 }, { draft: { nanoUsd: 3 } });
    assert.equal(openBudget(ledger, 'draft', { limits: { nanoUsd: 99 } }), ledger);
    ledger = closeBudget(askAll(ledger, { 'draft 1': claim(2, 'draft'), 'draft 2': claim(2, 'draft') }), 'draft');
    assert.deepEqual(reservedIn(ledger), ['draft 1', 'draft 2']);
    assert.deepEqual(ledger.budgets.get(OWN)?.reserved, usd(4));
    assert.deepEqual(settle(ledger, 'draft 1', usd(2)).budgets.get(OWN)?.spent, usd(2));
  });

  it('forgets what waited when it is settled, and knows no limit where there is none', () => {
    const ledger = settle(ask(ledgerOf({ nanoUsd: 1 }), 'a', claim(2)), 'a', NOTHING);
    assert.deepEqual([ledger.waiting, ledger.budgets.get(OWN)?.spent], [[], NOTHING]);
    const none = available(raise(ledgerOf({}), OWN, usd(5)), [OWN, 'nowhere']);
    assert.deepEqual(none, { nanoUsd: Infinity, tokens: Infinity });
  });

  it('takes what was used without having been set aside', () => {
    const ledger = charge(ledgerOf({ nanoUsd: 10 }, { draft: {} }), [OWN, 'draft'], usd(3));
    assert.deepEqual(
      [OWN, 'draft'].map((name) => ledger.budgets.get(name)?.spent),
      [usd(3), usd(3)],
    );
  });

  it('never spends more than its limits, loses nothing and leaves nobody behind, whatever happens', () => {
    for (let seed = 1; seed <= 500; seed += 1) playOut(seed);
  });
});

/** Steps inside one another, two beside them, and calls of no step with a budget. */
const CHAINS = [[OWN], [OWN, 'a'], [OWN, 'a', 'a/b'], [OWN, 'c']] as const;
const BUDGETS = [OWN, 'a', 'a/b', 'c'] as const;

/** Random calls with random bounds, some of them cancelled; each uses at most what was set aside for it. */
function playOut(seed: number): void {
  const random = randomOf(seed);
  const limits = new Map<string, Amount>(
    BUDGETS.map((name) => [name, { nanoUsd: 30 + random(90), tokens: 30 + random(90) }]),
  );
  let ledger = [...limits].reduce((each, [name, most]) => openBudget(each, name, { limits: most }), EMPTY_LEDGER);
  const used = new Map<string, Amount>(BUDGETS.map((name) => [name, NOTHING]));
  const open = new Map<string, Claim>();
  for (let step = 0; step < 60; step += 1) {
    const going = [...open].filter(([name]) => isReserved(ledger, name));
    const [ended] = going.slice(random(going.length + 1));
    const [cancelled] = [...open].slice(random(open.size * 4 + 1));
    const [short] = [...shortages(ledger).values()].flat();
    if (random(2) === 0) {
      const wanted = {
        amount: { nanoUsd: random(30), tokens: random(30) },
        from: CHAINS[random(CHAINS.length)] as readonly string[],
      };
      open.set(String(step), wanted);
      ledger = ask(ledger, String(step), wanted);
    } else if (ended !== undefined) {
      const [name, { amount, from }] = ended;
      const real = { nanoUsd: random(amount.nanoUsd + 1), tokens: random(amount.tokens + 1) };
      for (const budget of from) used.set(budget, sum(used.get(budget) as Amount, real));
      open.delete(name);
      ledger = settle(ledger, name, real);
    } else if (cancelled !== undefined && !isReserved(ledger, cancelled[0])) {
      open.delete(cancelled[0]);
      ledger = settle(ledger, cancelled[0], NOTHING);
    } else if (short !== undefined && random(4) === 0) {
      const more = { nanoUsd: random(30), tokens: random(30) };
      limits.set(short.by, sum(limits.get(short.by) as Amount, more));
      ledger = raise(ledger, short.by, more);
    }
    holdsTogether(ledger, { seed, limits, used, open });
  }
}

interface Played {
  readonly seed: number;
  readonly limits: ReadonlyMap<string, Amount>;
  readonly used: ReadonlyMap<string, Amount>;
  readonly open: ReadonlyMap<string, Claim>;
}

function holdsTogether(ledger: Ledger, { seed, limits, used, open }: Played): void {
  for (const name of BUDGETS) {
    const { spent, reserved } = ledger.budgets.get(name) ?? assert.fail();
    const most = limits.get(name) as Amount;
    const taken = sum(spent, reserved);
    assert.ok(
      taken.nanoUsd <= most.nanoUsd && taken.tokens <= most.tokens,
      `seed ${seed}: "${name}" is over its limit`,
    );
    const held = [...open].filter(([id, { from }]) => isReserved(ledger, id) && from.includes(name));
    assert.deepEqual(spent, used.get(name), `seed ${seed}: "${name}" spent`);
    assert.deepEqual(
      reserved,
      held.map(([, { amount }]) => amount).reduce(sum, NOTHING),
      `seed ${seed}: "${name}" leaks`,
    );
  }
  const [first] = ledger.waiting;
  if (first !== undefined) {
    const room = available(ledger, first[1].from);
    const fits = first[1].amount.nanoUsd <= room.nanoUsd && first[1].amount.tokens <= room.tokens;
    assert.ok(!fits, `seed ${seed}: the first could go on`);
    assert.ok(ledger.reserved.size > 0 || shortages(ledger).has(first[0]), `seed ${seed}: nobody would ever wake it`);
  }
  const known = [...open.keys()].every((id) => isReserved(ledger, id) || isWaiting(ledger, id));
  assert.ok(known && ledger.reserved.size + ledger.waiting.length === open.size, `seed ${seed}: something is lost`);
}

/** Whole numbers below a bound, the same for the same seed (mulberry32). */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % Math.max(below, 1);
  };
}
