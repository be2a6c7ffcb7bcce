import type { Amount } from '../src/pipeline/ledger.ts';
import type { Refusal } from './answer-messages.ts';
import type { TopUpMessage } from './messages.ts';
import type { RunState } from './run-state.ts';

const USD_MAX = 1_000_000;
const TOKENS_MAX = 1e12;

/** Why a budget cannot be topped up so; nothing when it can. */
export function topUpProblem({ money }: RunState, { usd, tokens }: TopUpMessage): Refusal | undefined {
  const why = whyNot(money?.ledger.own, { usd, tokens });
  return why === undefined ? undefined : { code: 'TOP_UP_REFUSED', message: `Cannot top up the budget: ${why}` };
}

function whyNot(
  own: Partial<Amount> | undefined,
  { usd, tokens }: { usd: unknown; tokens: unknown },
): string | undefined {
  if (usd === undefined && tokens === undefined) return 'nothing is added, give usd, tokens or both';
  for (const [name, value, most] of [
    ['usd', usd, USD_MAX],
    ['tokens', tokens, TOKENS_MAX],
  ] as const) {
    const isFine = value === undefined || (typeof value === 'number' && value > 0 && value <= most);
    if (!isFine) return `${name} is ${JSON.stringify(value)}, a number above 0 and up to ${most} is needed`;
  }
  if (usd !== undefined && own?.nanoUsd === undefined) return 'the pipeline has no budget in usd';
  return tokens !== undefined && own?.tokens === undefined ? 'the pipeline has no budget in tokens' : undefined;
}

export function amountOf({ usd = 0, tokens = 0 }: TopUpMessage): Amount {
  return { nanoUsd: Math.round(usd * 1e9), tokens: Math.floor(tokens) };
}
