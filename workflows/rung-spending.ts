import type { CallFacts, Purchase, Usage } from '../src/pipeline/result.ts';
import { sumUsage } from '../src/pipeline/sum-usage.ts';

/** What calls have used together. */
export interface Spent extends Pick<CallFacts, 'attempts' | 'costNanoUsd'> {
  readonly usage?: Usage;
  readonly purchases?: readonly Purchase[];
}

export function spentBy({ attempts, costNanoUsd, usage, purchases }: Spent): Spent {
  return {
    attempts,
    costNanoUsd,
    ...(usage === undefined ? {} : { usage }),
    ...(purchases === undefined ? {} : { purchases }),
  };
}

/** Both together; a cost that is not known makes the sum unknown. */
export function sumOf(one: Spent, other: Spent): Spent {
  const usage = [one.usage, other.usage].filter((each) => each !== undefined);
  const purchases = [...(one.purchases ?? []), ...(other.purchases ?? [])];
  const isKnown = one.costNanoUsd !== null && other.costNanoUsd !== null;
  return {
    attempts: one.attempts + other.attempts,
    costNanoUsd: isKnown ? one.costNanoUsd + other.costNanoUsd : null,
    ...(usage.length === 0 ? {} : { usage: usage.reduce((sum, each) => sumUsage(sum, each)) }),
    ...(purchases.length === 0 ? {} : { purchases }),
  };
}
