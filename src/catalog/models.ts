import { findProvider, type ModelPrice } from '@pydantic/genai-prices';
import type { ModelCard, PriceStep } from '../pipeline/card.ts';
import type { TokenPrice } from '../pipeline/model-plan.ts';
import { similarNames } from '../pipeline/suggestion.ts';
import { abilitiesOf, describedModels } from './abilities.ts';
import { findEntry, withoutEdition } from './entry.ts';

/** What the catalog knows about a model that answers with text; undefined for any other. */
export function findModelCard(provider: string, model: string): ModelCard | undefined {
  const entry = findEntry(provider, model);
  if (entry === undefined) return undefined;
  const prices = pricesOf(entry.price);
  if (prices === undefined) return undefined;
  const { context_window } = entry.info;
  return {
    provider,
    model,
    ...(context_window === undefined ? {} : { contextTokens: context_window }),
    ...(abilitiesOf(provider, model) ?? abilitiesOf(provider, withoutEdition(model))),
    price: highestOf(prices),
    ...(prices.length === 1 ? {} : { prices }),
  };
}

/** The models of the catalog whose abilities are known, each under the name that always means its latest edition. */
export function describedCards(): readonly ModelCard[] {
  return describedModels().map(([provider, model]) => findModelCard(provider, model) as ModelCard);
}

/** Every model of a provider in the price table that answers with text, under the name that the table gives it. */
export function publishedCards(provider: string): readonly ModelCard[] {
  const models = findProvider({ providerId: provider })?.models ?? [];
  return models.flatMap(({ id }) => findModelCard(provider, id) ?? []);
}

/** Names of the catalog that come close to one that is not in it, best first, at most 3. */
export function similarModels(provider: string, model: string): readonly string[] {
  return similarNames(
    model,
    publishedCards(provider).map((card) => card.model),
  );
}

/** Our names for what the table calls so. */
const FIELDS = [
  ['inputNanoUsd', 'input_mtok'],
  ['outputNanoUsd', 'output_mtok'],
  ['cachedInputNanoUsd', 'cache_read_mtok'],
  ['cacheWriteNanoUsd', 'cache_write_mtok'],
] as const;

/** Prices by the length of the prompt; undefined when something else than tokens is paid. */
function pricesOf(price: ModelPrice): readonly PriceStep[] | undefined {
  if (price['input_mtok'] === undefined || price['output_mtok'] === undefined) return undefined;
  const fields = FIELDS.map(([, field]) => price[field]);
  const starts = new Set([0, ...fields.flatMap((each) => tiersOf(each).map(({ start }) => start))]);
  return [...starts]
    .toSorted((a, b) => a - b)
    .map((overInputTokens) => ({ overInputTokens, price: priceAt(price, overInputTokens) }));
}

type Price = ModelPrice[string];

function tiersOf(price: Price): readonly { readonly start: number; readonly price: number }[] {
  return typeof price === 'object' ? price.tiers : [];
}

function priceAt(price: ModelPrice, overInputTokens: number): TokenPrice {
  const fields = FIELDS.flatMap(([name, field]) => {
    const each = price[field];
    return each === undefined ? [] : [[name, nanoUsdPerToken(each, overInputTokens)]];
  });
  return Object.fromEntries(fields);
}

/** Dollars per million tokens are micro-dollars per token. */
function nanoUsdPerToken(price: NonNullable<Price>, overInputTokens: number): number {
  const tier = tiersOf(price).findLast(({ start }) => start <= overInputTokens);
  const usd = tier?.price ?? (typeof price === 'number' ? price : price.base);
  return Math.round(usd * 1e6) / 1e3;
}

function highestOf(prices: readonly PriceStep[]): TokenPrice {
  const highest = FIELDS.flatMap(([name]) => {
    const each = prices.flatMap(({ price }) => price[name] ?? []);
    return each.length === 0 ? [] : [[name, Math.max(...each)]];
  });
  return Object.fromEntries(highest);
}
