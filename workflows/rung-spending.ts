import type { CallFacts, Purchase, Usage } from '../src/pipeline/result.ts';

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
    ...(usage.length === 0 ? {} : { usage: usage.reduce(addUsage) }),
    ...(purchases.length === 0 ? {} : { purchases }),
  };
}

function addUsage(one: Usage, other: Usage): Usage {
  return {
    inputTokens: one.inputTokens + other.inputTokens,
    outputTokens: one.outputTokens + other.outputTokens,
    cachedInputTokens: one.cachedInputTokens + other.cachedInputTokens,
    cacheWriteTokens: (one.cacheWriteTokens ?? 0) + (other.cacheWriteTokens ?? 0),
    reasoningTokens: (one.reasoningTokens ?? 0) + (other.reasoningTokens ?? 0),
  };
}
