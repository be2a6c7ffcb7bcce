import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  condition,
  getExternalWorkflowHandle,
  workflowInfo,
  type ParentWorkflowInfo,
} from '@temporalio/workflow';
import type { FailureDetails } from '../activities/calls.ts';
import { isErrorCode } from '../src/errors.ts';
import {
  ask,
  available,
  GRANT,
  isReserved,
  isWaiting,
  NOTHING,
  OWN,
  settle,
  sum,
  type Amount,
  type Shortage,
} from '../src/pipeline/ledger.ts';
import type { Usage } from '../src/pipeline/result.ts';
import { retryOf } from '../src/pipeline/retry.ts';
import { detailsOfStop } from './call.ts';
import { needMoney, grantMoney, lackMoney, type NeedMessage } from './messages.ts';
import { budgetsAt, pathOfPart, shortagesOf, type Money, type MoneyAsk } from './money.ts';
import { wakeAll, type RunState } from './run-state.ts';

/** A part asks for so many times what it needs now, so that it need not ask for each call. */
const GRANT_CALLS = 10;

interface Spending {
  readonly usage: Usage;
  readonly costNanoUsd: number | null;
}

/** Makes a call whose worst case has been set aside; what it has really used is counted when it has ended. */
export async function withinBudget<T extends Spending>(
  state: RunState,
  { path, bound }: { readonly path: string; readonly bound: Amount | undefined },
  call: () => Promise<T>,
): Promise<T> {
  const { money } = state;
  if (money === undefined || bound === undefined) return call();
  const id = `${path} ${(money.count += 1)}`;
  let used = NOTHING;
  try {
    await reserve(state, money, { id, path, amount: bound });
    used = bound;
    const result = await call();
    const { inputTokens, outputTokens } = result.usage;
    used = { nanoUsd: result.costNanoUsd ?? bound.nanoUsd, tokens: inputTokens + outputTokens };
    return result;
  } catch (error) {
    if (used !== NOTHING) used = usedByFailure(error, bound);
    throw error;
  } finally {
    money.ledger = settle(money.ledger, id, used);
  }
}

/** A failed attempt counts as what it says that it used; as nothing when it cannot have been billed; as its worst case otherwise. */
function usedByFailure(error: unknown, bound: Amount): Amount {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  const stopped = detailsOfStop(error);
  if (stopped !== undefined) return usedBy(stopped, { bound, isBilled: false });
  if (!(cause instanceof ApplicationFailure) || !isErrorCode(cause.type)) return bound;
  const details = (cause.details?.[0] ?? {}) as Partial<FailureDetails>;
  return usedBy(details, { bound, isBilled: retryOf(cause.type) === 'workflow' });
}

/** `isBilled` says whether something may have been bought by a call that tells nothing. */
function usedBy(
  { usage, costNanoUsd, purchases = [] }: Partial<FailureDetails>,
  { bound, isBilled }: { readonly bound: Amount; readonly isBilled: boolean },
): Amount {
  // What nobody has seen the end of, besides the attempts that were lost before and have been counted then.
  if (purchases.some((each) => each.usage === undefined && each.code !== 'WORKER_LOST')) return bound;
  if (usage === undefined) return isBilled ? bound : NOTHING;
  return { nanoUsd: costNanoUsd ?? bound.nanoUsd, tokens: usage.inputTokens + usage.outputTokens };
}

interface Wanted {
  readonly id: string;
  /** Where in the run it is wanted. */
  readonly path: string;
  readonly amount: Amount;
}

/** Waits until an amount is set aside: behind others, for a person, or for the run around this part. */
async function reserve(state: RunState, money: Money, { id, path, amount }: Wanted): Promise<void> {
  money.ledger = ask(money.ledger, id, { amount, from: budgetsAt(money, path) });
  for (;;) {
    await condition(() => !isWaiting(money.ledger, id) || shortagesOf(money, id).length > 0);
    if (isReserved(money.ledger, id)) return;
    // What it was wanted for has ended.
    if (!isWaiting(money.ledger, id)) throw new CancelledFailure('Cancelled');
    const short = shortagesOf(money, id);
    const refused = short.find(({ by }) => by !== GRANT && money.onExceeded.get(by) === 'fail');
    if (refused !== undefined) throw exceeded(refused);
    const own = short.filter(({ by }) => by !== GRANT);
    if (own.length > 0) await askPeople(state, money, { id, short: own });
    else await askAround(state, money, { missing: (short[0] as Shortage).missing, amount });
  }
}

/** Asks for all that is missing at once, and waits until something of it has come. */
async function askPeople(
  state: RunState,
  money: Money,
  { id, short }: { readonly id: string; readonly short: readonly Shortage[] },
): Promise<void> {
  for (const shortage of short) noteAsk(state, money, askOf(state, shortage));
  wakeAll(state);
  const names = short.map(({ by }) => by);
  try {
    await condition(() => {
      const now = shortagesOf(money, id).map(({ by }) => by);
      return names.some((name) => !now.includes(name));
    });
  } finally {
    for (const shortage of short) noteAsk(state, money, { ...askOf(state, shortage), missing: NOTHING });
    wakeAll(state);
  }
}

/** The budget of a pipeline in a pipeline is told by the path of its step. */
function askOf(state: RunState, { by, missing }: Shortage): MoneyAsk {
  if (by !== OWN) return { step: by, missing };
  const path = pathOfPart(state.root.runId, state.workflowId);
  return { missing, ...(path === '' ? {} : { step: path }) };
}

/** Keeps what people are asked for, or forgets it when nothing is missing any more, here and in the runs around this part. */
export function noteAsk(state: RunState, money: Money, asked: MoneyAsk): void {
  const key = `${asked.part ?? ''} ${asked.step ?? ''}`;
  const isOver = asked.missing.nanoUsd === 0 && asked.missing.tokens === 0;
  if (isOver) money.asks.delete(key);
  else money.asks.set(key, asked);
  if (state.workflowId === state.root.runId) return;
  const message = { ...asked, part: state.workflowId };
  // Nobody is left to be told when the run around it has ended.
  void CancellationScope.nonCancellable(() =>
    runAround()
      .signal(lackMoney, message)
      .catch(() => undefined),
  );
}

/** The workflow of which this part is a part. */
function runAround(): ReturnType<typeof getExternalWorkflowHandle> {
  return getExternalWorkflowHandle((workflowInfo().parent as ParentWorkflowInfo).workflowId);
}

/** A part asks the run around it. Its answer comes as a signal. */
async function askAround(
  state: RunState,
  money: Money,
  { missing, amount }: { readonly missing: Amount; readonly amount: Amount },
): Promise<void> {
  const more = { nanoUsd: amount.nanoUsd * (GRANT_CALLS - 1), tokens: amount.tokens * (GRANT_CALLS - 1) };
  const granted = (): unknown => money.ledger.budgets.get(GRANT)?.limits;
  const before = granted();
  const message: NeedMessage = { part: state.workflowId, missing, more };
  await runAround().signal(needMoney, message);
  await condition(() => money.isRefused || granted() !== before);
  if (money.isRefused) throw exceeded({ by: GRANT, missing });
}

function exceeded({ by, missing: { nanoUsd, tokens } }: Shortage): ApplicationFailure {
  const usd = nanoUsd > 0 ? [`$${nanoUsd / 1e9}`] : [];
  const lacks = [...usd, ...(tokens > 0 ? [`${tokens} tokens`] : [])].join(' and ');
  const whose = by === OWN || by === GRANT ? 'the budget' : `the budget of step "${by}"`;
  const message = `Cannot make the call: its worst case is ${lacks} over ${whose}`;
  return ApplicationFailure.create({ type: 'BUDGET_EXCEEDED', message, nonRetryable: true });
}

/** Answers a part that needs money: it gets what it lacks, and some more while there is plenty. */
export async function answerNeed(state: RunState, { part, missing, more }: NeedMessage): Promise<void> {
  const { money } = state;
  const child = getExternalWorkflowHandle(part);
  if (money === undefined) return;
  const path = pathOfPart(state.root.runId, part);
  const from = budgetsAt(money, path);
  try {
    await reserve(state, money, { id: reservationOf(money, part), path, amount: missing });
    const extra = spare(money, from, more);
    money.ledger = ask(money.ledger, reservationOf(money, part), { amount: extra, from });
    await child.signal(grantMoney, { amount: sum(missing, extra) });
  } catch (error) {
    if (error instanceof ApplicationFailure && error.type === 'BUDGET_EXCEEDED') await child.signal(grantMoney, {});
    else throw error;
  }
}

function reservationOf(money: Money, part: string): string {
  return `${part} ${(money.count += 1)}`;
}

/** At most half of what nobody has, and nothing while others wait. */
function spare({ ledger }: Money, from: readonly string[], more: Amount): Amount {
  if (ledger.waiting.length > 0) return NOTHING;
  const room = available(ledger, from);
  return {
    nanoUsd: Math.min(more.nanoUsd, Math.floor(room.nanoUsd / 2)),
    tokens: Math.min(more.tokens, Math.floor(room.tokens / 2)),
  };
}
