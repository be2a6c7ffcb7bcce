import assert from 'node:assert/strict';
import {
  ask,
  available,
  isReserved,
  NOTHING,
  openLedger,
  raise,
  reservedOf,
  settle,
  shortage,
  sum,
  type Amount,
  type Ledger,
} from '../../../src/pipeline/ledger.ts';

const usd = (nanoUsd: number): Amount => ({ nanoUsd, tokens: 0 });

describe('a ledger', () => {
  it('sets aside what fits, and lets the rest wait in its order', () => {
    let ledger = openLedger({ own: { nanoUsd: 10 } });
    for (const [id, amount] of [
      ['a', 6],
      ['b', 5],
      ['c', 1],
    ] as const)
      ledger = ask(ledger, id, usd(amount));
    assert.deepEqual(
      ['a', 'b', 'c'].map((id) => isReserved(ledger, id)),
      [true, false, false],
    );
    assert.equal(shortage(ledger), undefined);
    ledger = settle(ledger, 'a', usd(2));
    assert.deepEqual(
      ['b', 'c'].map((id) => isReserved(ledger, id)),
      [true, true],
    );
    assert.deepEqual(ledger.spent, usd(2));
  });

  it('is short when not even all that is set aside would help', () => {
    let ledger = ask(openLedger({ own: { nanoUsd: 10, tokens: 100 } }, usd(8)), 'a', { nanoUsd: 3, tokens: 120 });
    assert.deepEqual(shortage(ledger), { by: 'own', missing: { nanoUsd: 1, tokens: 20 } });
    ledger = raise(ledger, 'own', { nanoUsd: 1, tokens: 20 });
    assert.equal(isReserved(ledger, 'a'), true);
  });

  it('is short when those who hold the rest wait themselves', () => {
    let ledger = openLedger({ own: { nanoUsd: 10 } });
    for (const [id, amount] of [
      ['a 1', 6],
      ['b 1', 4],
      ['b 2', 1],
      ['a 2', 1],
    ] as const)
      ledger = ask(ledger, id, usd(amount));
    assert.deepEqual(shortage(ledger), { by: 'own', missing: usd(1) });
    assert.equal(shortage({ ...ledger, waiting: ledger.waiting.slice(0, 1) }), undefined);
  });

  it('keeps to what was granted as well as to its own budget', () => {
    let ledger = ask(openLedger({ own: { nanoUsd: 10 }, grant: { nanoUsd: 0, tokens: 5 } }), 'a', {
      nanoUsd: 4,
      tokens: 5,
    });
    assert.deepEqual(shortage(ledger), { by: 'grant', missing: { nanoUsd: 4, tokens: 0 } });
    ledger = raise(ledger, 'grant', { nanoUsd: 40, tokens: 0 });
    assert.equal(isReserved(ledger, 'a'), true);
    assert.deepEqual(available(ledger), { nanoUsd: 6, tokens: 0 });
  });

  it('forgets what waited when it is settled, and knows no limit where there is none', () => {
    const ledger = settle(ask(openLedger({ own: { nanoUsd: 1 } }), 'a', usd(2)), 'a', NOTHING);
    assert.deepEqual([ledger.waiting, ledger.spent], [[], NOTHING]);
    assert.deepEqual(available(raise(openLedger({ own: {} }), 'grant', usd(5))), {
      nanoUsd: Infinity,
      tokens: Infinity,
    });
  });

  it('never spends more than its limits, loses nothing and leaves nobody behind, whatever happens', () => {
    for (let seed = 1; seed <= 2000; seed += 1) playOut(seed);
  });
});

/** Random calls with random bounds; each uses at most what was set aside for it. */
function playOut(seed: number): void {
  const random = randomOf(seed);
  const limit = { nanoUsd: 50 + random(100), tokens: 50 + random(100) };
  let ledger: Ledger = openLedger({ own: limit });
  let toppedUp = NOTHING;
  let used = NOTHING;
  const open = new Map<string, Amount>();
  for (let step = 0; step < 60; step += 1) {
    const id = String(step);
    const amount = { nanoUsd: random(30), tokens: random(30) };
    const going = [...open].filter(([name]) => isReserved(ledger, name));
    const [ended] = going.slice(random(going.length + 1));
    if (random(2) === 0) {
      open.set(id, amount);
      ledger = ask(ledger, id, amount);
    } else if (ended !== undefined) {
      const [name, bound] = ended;
      const real = { nanoUsd: random(bound.nanoUsd + 1), tokens: random(bound.tokens + 1) };
      used = sum(used, real);
      open.delete(name);
      ledger = settle(ledger, name, real);
    } else if (shortage(ledger) !== undefined && random(4) === 0) {
      toppedUp = sum(toppedUp, amount);
      ledger = raise(ledger, 'own', amount);
    }
    const limits = sum(limit, toppedUp);
    const taken = sum(ledger.spent, reservedOf(ledger));
    assert.ok(taken.nanoUsd <= limits.nanoUsd && taken.tokens <= limits.tokens, `seed ${seed}: over the limit`);
    assert.deepEqual(ledger.spent, used);
    const [first] = ledger.waiting;
    const room = available(ledger);
    if (first !== undefined) {
      const fits = first[1].nanoUsd <= room.nanoUsd && first[1].tokens <= room.tokens;
      assert.ok(!fits, `seed ${seed}: the first could go on`);
      assert.ok(ledger.reserved.size > 0 || shortage(ledger) !== undefined, `seed ${seed}: nobody would ever wake it`);
    }
    const known = [...open.keys()].every(
      (name) => isReserved(ledger, name) || ledger.waiting.some(([other]) => other === name),
    );
    assert.ok(known && ledger.reserved.size + ledger.waiting.length === open.size, `seed ${seed}: something leaks`);
  }
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
