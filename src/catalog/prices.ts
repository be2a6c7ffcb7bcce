import { calcPrice } from '@pydantic/genai-prices';
import type { Usage } from '../pipeline/result.ts';
import { findEntry } from './entry.ts';

/** The published price of a call in nano-dollars; null when it is not known. */
export type PriceOf = (provider: string, model: string, usage: Usage) => number | null;

/** Prices by the table of `@pydantic/genai-prices`: tiers by length, input from and into a cache, and prices that changed on a date. */
export const priceOf: PriceOf = (provider, model, usage) => {
  const tokens = {
    input_tokens: usage.inputTokens,
    cache_read_tokens: usage.cachedInputTokens,
    cache_write_tokens: usage.cacheWriteTokens ?? 0,
    output_tokens: usage.outputTokens,
  };
  const price = findEntry(provider, model) && calcPrice(tokens, model, { providerId: provider });
  return price ? nanoUsd(price.total_price) : null;
};

/**
 * Rounded up, so that no sum of calls is too low. A price of the table is a multiple of a pico-dollar,
 * and what is below that is the error of floating-point numbers.
 */
function nanoUsd(usd: number): number {
  return Math.ceil(Math.round(usd * 1e12) / 1000);
}
