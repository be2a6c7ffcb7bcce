import {
  excessOf,
  setAside,
  settleOn,
  totalsOn,
  type Ceiling,
  type Excess,
  type Totals,
} from '../../src/pipeline/ceiling.ts';
import type { Amount } from '../../src/pipeline/ledger.ts';
import type { ArtifactStore } from '../artifacts/store.ts';
import { openList, type GrowingList } from './growing-list.ts';

/** Something that changes the sums of a month, or is refused. */
interface Change {
  readonly apply: (totals: Totals) => Totals | Excess;
  readonly settle: (excess: Excess | undefined) => void;
  readonly fail: (error: unknown) => void;
}

/** The sums of a month, for all workers together. */
export interface Counter {
  /** Sets an amount aside on a date, or says why it cannot. */
  reserve(date: string, amount: Amount, ceiling: Ceiling): Promise<Excess | undefined>;
  settle(date: string, amounts: { readonly amount: Amount; readonly used: Amount }): Promise<void>;
  totals(date: string): Promise<Totals>;
}

/** Opens what is counted in a month under a name. Each entry of its list holds the sums after it. Throws `STORE_UNAVAILABLE`. */
export function openCounter(store: ArtifactStore, name: string, month: string): Counter {
  const list = openList<Totals>(store, counterName(name, month));
  const waiting: Change[] = [];
  let isWorking = false;
  const work = async (): Promise<void> => {
    if (isWorking) return;
    isWorking = true;
    while (waiting.length > 0) await commitBatch(list, waiting.splice(0));
    isWorking = false;
  };
  const make = (apply: Change['apply']): Promise<Excess | undefined> =>
    new Promise((settle, fail) => {
      waiting.push({ apply, settle, fail });
      void work();
    });
  return {
    reserve: (date, amount, ceiling) =>
      make((before) => {
        const totals = totalsOn(before, date);
        return excessOf(totals, ceiling, amount) ?? setAside(totals, amount);
      }),
    settle: async (date, amounts) => void (await make((totals) => settleOn(totals, date, amounts))),
    totals: async (date) => totalsOn((await list.last())?.entry, date),
  };
}

function counterName(name: string, month: string): string {
  return `spending/${name}/${month}`;
}

/** Commits what has gathered, together: calls at the same time are one entry. */
async function commitBatch(list: GrowingList<Totals>, batch: readonly Change[]): Promise<void> {
  try {
    const answers = await commit(list, batch);
    batch.forEach(({ settle }, index) => settle(answers[index]));
  } catch (error) {
    for (const { fail } of batch) fail(error);
  }
}

/** Tries until nobody else was quicker: who is held up is held up by somebody who has come further. */
async function commit(list: GrowingList<Totals>, batch: readonly Change[]): Promise<readonly (Excess | undefined)[]> {
  for (;;) {
    const last = await list.last();
    let totals = last?.entry;
    const answers = batch.map(({ apply }) => {
      const next = apply(totals ?? totalsOn(undefined, ''));
      if ('period' in next) return next;
      totals = next;
      return undefined;
    });
    if (totals === undefined || totals === last?.entry) return answers;
    if (await list.add({ number: (last?.number ?? 0) + 1, entry: totals })) return answers;
  }
}
