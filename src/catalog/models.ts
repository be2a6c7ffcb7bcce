import { findProvider, type ModelPrice } from '@pydantic/genai-prices';
import type { ModelCard } from '../pipeline/card.ts';
import { similarNames } from '../pipeline/suggestion.ts';
import { findEntry } from './entry.ts';

/** What the catalog knows about a model that answers with text; undefined for any other. */
export function findModelCard(provider: string, model: string): ModelCard | undefined {
  const entry = findEntry(provider, model);
  if (entry === undefined) return undefined;
  const price = priceOf(entry.price);
  if (price === undefined) return undefined;
  const { context_window } = entry.info;
  return { provider, model, price, ...(context_window === undefined ? {} : { contextTokens: context_window }) };
}

/** Names of the catalog that come close to one that is not in it, best first, at most 3. */
export function similarModels(provider: string, model: string): readonly string[] {
  const names = findProvider({ providerId: provider })?.models.map(({ id }) => id) ?? [];
  return similarNames(
    model,
    names.filter((name) => findModelCard(provider, name) !== undefined),
  );
}

function priceOf({ input_mtok, output_mtok }: ModelPrice): ModelCard['price'] {
  if (input_mtok === undefined || output_mtok === undefined) return undefined;
  return { inputNanoUsd: nanoUsdPerToken(input_mtok), outputNanoUsd: nanoUsdPerToken(output_mtok) };
}

/** Dollars per million tokens are micro-dollars per token. Of prices that grow with the prompt, the highest. */
function nanoUsdPerToken(price: NonNullable<ModelPrice[string]>): number {
  const highest = typeof price === 'number' ? price : Math.max(price.base, ...price.tiers.map((tier) => tier.price));
  return Math.round(highest * 1e6) / 1e3;
}
