import { getExternalWorkflowHandle } from '@temporalio/workflow';
import { OWN, raise, type Amount } from '../src/pipeline/ledger.ts';
import type { Refusal } from './answer-messages.ts';
import { raiseBudget, type TopUpMessage, type TopUpReceipt } from './messages.ts';
import { pathOfPart, type Money, type MoneyAsk } from './money.ts';
import { wakeAll, type RunState } from './run-state.ts';

const USD_MAX = 1_000_000;
const TOKENS_MAX = 1e12;

/** Why a budget cannot be topped up so; nothing when it can. */
export function topUpProblem(state: RunState, message: TopUpMessage): Refusal | undefined {
  const why = whyNot(state, message);
  return why === undefined ? undefined : { code: 'TOP_UP_REFUSED', message: `Cannot top up the budget: ${why}` };
}

function whyNot(
  state: RunState,
  { usd, tokens, step }: Pick<TopUpMessage, 'step'> & { usd?: unknown; tokens?: unknown },
): string | undefined {
  if (usd === undefined && tokens === undefined) return 'nothing is added, give usd, tokens or both';
  for (const [name, value, most] of [
    ['usd', usd, USD_MAX],
    ['tokens', tokens, TOKENS_MAX],
  ] as const) {
    const isFine = value === undefined || (typeof value === 'number' && value > 0 && value <= most);
    if (!isFine) return `${name} is ${JSON.stringify(value)}, a number above 0 and up to ${most} is needed`;
  }
  const raised = raisedBy(state, step);
  if (step !== undefined && raised.length === 0) return `no step "${step}" that has a budget goes on`;
  const whose = step === undefined ? 'the pipeline' : `step "${step}"`;
  const lacks = (unit: keyof Amount): boolean => !raised.some((one) => isLimiting(state.money, one, unit));
  if (usd !== undefined && lacks('nanoUsd')) return `${whose} has no budget in usd`;
  return tokens !== undefined && lacks('tokens') ? `${whose} has no budget in tokens` : undefined;
}

/** A budget that a top-up raises: one of this history, by its name, or one that a part asks for. */
type Raised = { readonly name: string } | { readonly ask: MoneyAsk & { readonly part: string } };

/** What is asked for, or else the budget of the run; the budget of a step when one is named. */
function raisedBy({ money, root, workflowId }: RunState, step: string | undefined): readonly Raised[] {
  if (money === undefined) return [];
  const path = pathOfPart(root.runId, workflowId);
  const asked = [...money.asks.values()].filter((ask) => step === undefined || ask.step === step);
  const names = asked.flatMap(({ part, step: at }) =>
    part === undefined ? [at === undefined || at === path ? OWN : at] : [],
  );
  const parts = asked.flatMap((ask) => (ask.part === undefined ? [] : [{ ask: { ...ask, part: ask.part } }]));
  if (step !== undefined && money.ledger.budgets.has(step)) names.push(step);
  if (step === undefined && asked.length === 0) names.push(OWN);
  return [...[...new Set(names)].map((name) => ({ name })), ...parts];
}

/** How high the budget of a part is, only the part knows: it takes what it lacks. */
function isLimiting(money: Money | undefined, raised: Raised, unit: keyof Amount): boolean {
  if ('ask' in raised) return raised.ask.missing[unit] > 0;
  return money?.ledger.budgets.get(raised.name)?.limits[unit] !== undefined;
}

/** More of what is limited. Parts of the run that ask for it are told. */
export function raiseBudgets(state: RunState, step: string | undefined, amount: Amount): TopUpReceipt {
  const all = raisedBy(state, step);
  for (const one of all) {
    if ('ask' in one) tellPart(state, one.ask, amount);
    else if (state.money !== undefined) state.money.ledger = raise(state.money.ledger, one.name, amount);
  }
  wakeAll(state);
  const names = all.map((one) => ('ask' in one ? (one.ask.step ?? '') : one.name));
  return { isRun: names.includes(OWN), steps: [...new Set(names.filter((name) => name !== OWN))] };
}

function tellPart(
  { root }: RunState,
  { part, step = pathOfPart(root.runId, part) }: MoneyAsk & { part: string },
  amount: Amount,
): void {
  // One that has ended needs no more.
  void getExternalWorkflowHandle(part)
    .signal(raiseBudget, { step, amount })
    .catch(() => undefined);
}

export function amountOf({ usd = 0, tokens = 0 }: TopUpMessage): Amount {
  return { nanoUsd: Math.round(usd * 1e9), tokens: Math.floor(tokens) };
}
