import type { ErrorCode } from '../../src/errors.ts';
import type { Purchase, Usage } from '../../src/pipeline/result.ts';
import { sumUsage } from '../../src/pipeline/sum-usage.ts';
import { retryOf } from '../../src/pipeline/retry.ts';
import type { Intent } from './journal-entry.ts';

/** Whether a server may ask for money for a call that ended so. */
export function mayBeBilled(code: ErrorCode): boolean {
  return retryOf(code) === 'workflow';
}

/** A call of which nobody can say what it used. Without a code: it was stopped. */
export function unanswered(
  { model, attempt, isPaid, turn }: Pick<Intent, 'model' | 'attempt' | 'isPaid' | 'turn'>,
  code: ErrorCode | undefined,
): Purchase {
  return {
    model,
    attempt,
    reason: 'failure',
    ...(code === undefined ? {} : { code }),
    ...(turn === undefined ? {} : { turn }),
    costNanoUsd: isPaid ? null : 0,
  };
}

/** The same, but certain to have cost nothing where that is so. */
export function failedPurchase(of: Parameters<typeof unanswered>[0], code: ErrorCode | undefined): Purchase {
  const purchase = unanswered(of, code);
  return code === undefined || mayBeBilled(code) ? purchase : { ...purchase, costNanoUsd: 0 };
}

/**
 * What purchases add up to. Those of which nobody knows what they used are left out: a run counts them as their worst
 * case when it loses them.
 */
export function totalOf(purchases: readonly Purchase[]): {
  readonly usage?: Usage;
  readonly costNanoUsd: number | null;
} {
  const known = purchases.flatMap(({ usage, costNanoUsd }) => (usage === undefined ? [] : [{ usage, costNanoUsd }]));
  const usage = known.map((each) => each.usage).reduce<Usage | undefined>(sumUsage, undefined);
  const counted = usage === undefined ? purchases : known;
  return { ...(usage === undefined ? {} : { usage }), costNanoUsd: sumOf(counted) };
}

function sumOf(purchases: readonly Pick<Purchase, 'costNanoUsd'>[]): number | null {
  let sum = 0;
  for (const { costNanoUsd } of purchases) {
    if (costNanoUsd === null) return null;
    sum += costNanoUsd;
  }
  return sum;
}
