import {
  ActivityFailure,
  ApplicationFailure,
  condition,
  getExternalWorkflowHandle,
  workflowInfo,
} from '@temporalio/workflow';
import type { FailureDetails } from '../activities/calls.ts';
import { isErrorCode } from '../src/errors.ts';
import {
  ask,
  available,
  isReserved,
  NOTHING,
  raise,
  settle,
  shortage,
  sum,
  type Amount,
} from '../src/pipeline/ledger.ts';
import type { Usage } from '../src/pipeline/result.ts';
import { retryOf } from '../src/pipeline/retry.ts';
import { needMoney, grantMoney, type NeedMessage } from './messages.ts';
import type { Money } from './money.ts';
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
  { path, bound }: { readonly path: string; readonly bound: Amount },
  call: () => Promise<T>,
): Promise<T> {
  const { money } = state;
  if (money === undefined) return call();
  const id = `${path} ${(money.count += 1)}`;
  let used = NOTHING;
  try {
    await reserve(state, money, { id, amount: bound });
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
  if (!(cause instanceof ApplicationFailure) || !isErrorCode(cause.type)) return bound;
  const { usage, costNanoUsd } = (cause.details?.[0] ?? {}) as Partial<FailureDetails>;
  if (usage !== undefined) {
    return { nanoUsd: costNanoUsd ?? bound.nanoUsd, tokens: usage.inputTokens + usage.outputTokens };
  }
  return retryOf(cause.type) === 'workflow' ? bound : NOTHING;
}

interface Wanted {
  readonly id: string;
  readonly amount: Amount;
}

/** Waits until an amount is set aside: behind others, for a person, or for the run around this part. */
async function reserve(state: RunState, money: Money, { id, amount }: Wanted): Promise<void> {
  money.ledger = ask(money.ledger, id, amount);
  const isFirst = (): boolean => money.ledger.waiting[0]?.[0] === id;
  while (!isReserved(money.ledger, id)) {
    const short = isFirst() ? shortage(money.ledger) : undefined;
    if (short?.by === 'own') await askPeople(state, money, short.missing);
    else if (short?.by === 'grant') await askAround(state, money, { missing: short.missing, amount });
    else await condition(() => isReserved(money.ledger, id) || (isFirst() && shortage(money.ledger) !== undefined));
  }
}

async function askPeople(state: RunState, money: Money, missing: Amount): Promise<void> {
  if (money.onExceeded === 'fail') throw exceeded(missing);
  money.missing = missing;
  wakeAll(state);
  try {
    await condition(() => shortage(money.ledger)?.by !== 'own');
  } finally {
    money.missing = undefined;
    wakeAll(state);
  }
}

/** A part asks the run around it. Its answer comes as a signal. */
async function askAround(
  state: RunState,
  money: Money,
  { missing, amount }: { readonly missing: Amount; readonly amount: Amount },
): Promise<void> {
  const { parent } = workflowInfo();
  if (parent === undefined) throw exceeded(missing);
  const more = { nanoUsd: amount.nanoUsd * (GRANT_CALLS - 1), tokens: amount.tokens * (GRANT_CALLS - 1) };
  const { grant } = money.ledger;
  const message: NeedMessage = { part: state.workflowId, missing, more };
  await getExternalWorkflowHandle(parent.workflowId).signal(needMoney, message);
  await condition(() => money.isRefused || money.ledger.grant !== grant);
  if (money.isRefused) throw exceeded(missing);
}

function exceeded({ nanoUsd, tokens }: Amount): ApplicationFailure {
  const lacks = [...(nanoUsd > 0 ? [`$${nanoUsd / 1e9}`] : []), ...(tokens > 0 ? [`${tokens} tokens`] : [])].join(
    ' and ',
  );
  const message = `Cannot make the call: its worst case is ${lacks} over the budget`;
  return ApplicationFailure.create({ type: 'BUDGET_EXCEEDED', message, nonRetryable: true });
}

/** Answers a part that needs money: it gets what it lacks, and some more while there is plenty. */
export async function answerNeed(state: RunState, { part, missing, more }: NeedMessage): Promise<void> {
  const { money } = state;
  const child = getExternalWorkflowHandle(part);
  if (money === undefined) return;
  try {
    await reserve(state, money, { id: reservationOf(money, part), amount: missing });
    const extra = spare(money, more);
    money.ledger = ask(money.ledger, reservationOf(money, part), extra);
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
function spare({ ledger }: Money, more: Amount): Amount {
  if (ledger.waiting.length > 0) return NOTHING;
  const room = available(ledger);
  return {
    nanoUsd: Math.min(more.nanoUsd, Math.floor(room.nanoUsd / 2)),
    tokens: Math.min(more.tokens, Math.floor(room.tokens / 2)),
  };
}

/** More of what is limited. */
export function topUpBudget(state: RunState, amount: Amount): void {
  if (state.money !== undefined) state.money.ledger = raise(state.money.ledger, 'own', amount);
  wakeAll(state);
}
