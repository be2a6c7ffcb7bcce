import type { TokenPrice } from './model-plan.ts';
import type { Usage } from './result.ts';

/** A price per token may have three decimals of a nano-dollar: $0.0375 per million tokens are 37.5. */
const PICO = 1000;

/**
 * What these tokens cost by a price, in whole nano-dollars, rounded up. Input that was read from a cache, or written
 * into one, has the price of other input where none is set for it.
 */
export function costByPrice(price: TokenPrice, usage: Usage): number {
  const { inputTokens, outputTokens, cachedInputTokens, cacheWriteTokens = 0 } = usage;
  const { inputNanoUsd, outputNanoUsd, cachedInputNanoUsd = inputNanoUsd, cacheWriteNanoUsd = inputNanoUsd } = price;
  const parts: readonly (readonly [tokens: number, nanoUsd: number])[] = [
    [inputTokens - cachedInputTokens - cacheWriteTokens, inputNanoUsd],
    [cachedInputTokens, cachedInputNanoUsd],
    [cacheWriteTokens, cacheWriteNanoUsd],
    [outputTokens, outputNanoUsd],
  ];
  return Math.ceil(parts.reduce((sum, [tokens, nanoUsd]) => sum + tokens * Math.round(nanoUsd * PICO), 0) / PICO);
}

/** The most that a call can cost, whatever of its input is read from a cache or written into one. */
export function worstCost(
  price: TokenPrice,
  tokens: { readonly inputTokens: number; readonly outputTokens: number },
): number {
  const { inputNanoUsd, cachedInputNanoUsd = 0, cacheWriteNanoUsd = 0 } = price;
  const dearest = Math.max(inputNanoUsd, cachedInputNanoUsd, cacheWriteNanoUsd);
  const { outputNanoUsd } = price;
  return costByPrice({ inputNanoUsd: dearest, outputNanoUsd }, { ...tokens, cachedInputTokens: 0 });
}
