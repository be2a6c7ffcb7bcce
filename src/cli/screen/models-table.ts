import { ABILITIES, type Cards, type ModelCard, type PriceStep, type ProviderCard } from '../../pipeline/card.ts';
import type { JsonObject } from '../../pipeline/json.ts';
import type { TokenPrice } from '../../pipeline/model-plan.ts';
import { printableLine } from './printable.ts';
import type { Table } from './table.ts';

export function modelsTable(models: readonly ModelCard[], cards: Cards): Table {
  return {
    columns: [
      { head: 'MODEL' },
      { head: 'INPUT' },
      { head: 'CACHED', rank: 3 },
      { head: 'WRITTEN', rank: 4 },
      { head: 'OUTPUT' },
      { head: 'CONTEXT', rank: 1 },
      { head: 'ANSWER', rank: 2 },
      { head: 'CAN' },
      { head: '' },
    ],
    rows: models.map((card) => [
      { text: printableLine(`${card.provider}/${card.model}`) },
      ...priceTexts(card).map((text) => ({ text })),
      { text: String(card.contextTokens ?? '') },
      { text: String(card.outputTokensMax ?? '') },
      { text: ABILITIES.filter((ability) => card.abilities?.[ability] === true).join(' ') },
      { text: remarksOf(card, cards).join('; '), style: 'dim' },
    ]),
  };
}

/** Input, cached input, what is written into a cache, output: of a prompt of usual length. */
function priceTexts(card: ModelCard): readonly string[] {
  if (card.isLocal === true) return ['free', '', '', 'free'];
  const [usual] = pricesOf(card);
  if (usual === undefined) return ['unknown', '', '', 'unknown'];
  const { inputNanoUsd, cachedInputNanoUsd, cacheWriteNanoUsd, outputNanoUsd } = usual.price;
  return [inputNanoUsd, cachedInputNanoUsd, cacheWriteNanoUsd, outputNanoUsd].map(perMillionText);
}

function perMillionText(nanoUsd: number | undefined): string {
  return nanoUsd === undefined ? '' : `$${perMillion(nanoUsd)}`;
}

/** Nano-dollars for a token are milli-dollars for a million. */
function perMillion(nanoUsd: number): number {
  return Math.round(nanoUsd * 1e3) / 1e6;
}

function pricesOf({ price, prices }: ModelCard): readonly PriceStep[] {
  return prices ?? (price === undefined ? [] : [{ overInputTokens: 0, price }]);
}

function remarksOf(card: ModelCard, { providers }: Cards): readonly string[] {
  const { isUsable, keyVariable } = providers.find(({ name }) => name === card.provider) as ProviderCard;
  return [
    ...pricesOf(card).slice(1).map(longText),
    ...(card.price?.isOwn === true ? ['your price'] : []),
    ...(card.speed === undefined ? [] : [`${card.speed} tokens a second`]),
    ...(card.quality === undefined ? [] : [`quality ${card.quality}`]),
    ...(isUsable ? [] : [`needs ${keyVariable}`]),
  ];
}

function longText({ overInputTokens, price }: PriceStep): string {
  return `over ${overInputTokens} tokens ${perMillionText(price.inputNanoUsd)} and ${perMillionText(price.outputNanoUsd)}`;
}

/** The same for programs; what is not known is null. */
export function modelReport(card: ModelCard, { providers }: Cards): JsonObject {
  const { provider, model, contextTokens, outputTokensMax, abilities, isLocal, speed, quality } = card;
  return {
    model: `${provider}/${model}`,
    local: isLocal === true,
    usable: providers.some(({ name, isUsable }) => name === provider && isUsable),
    context_tokens: contextTokens ?? null,
    output_tokens_max: outputTokensMax ?? null,
    ...Object.fromEntries(ABILITIES.map((ability) => [ability, abilities?.[ability] ?? null])),
    usd_per_million: isLocal === true ? [] : pricesReport(card),
    speed: speed ?? null,
    quality: quality ?? null,
  };
}

function pricesReport(card: ModelCard): readonly JsonObject[] | null {
  const prices = pricesOf(card);
  return prices.length === 0 ? null : prices.map(({ overInputTokens, price }) => priceReport(overInputTokens, price));
}

function priceReport(overInputTokens: number, price: TokenPrice): JsonObject {
  const { inputNanoUsd, outputNanoUsd, cachedInputNanoUsd, cacheWriteNanoUsd } = price;
  return {
    over_input_tokens: overInputTokens,
    input: perMillion(inputNanoUsd),
    output: perMillion(outputNanoUsd),
    cached_input: cachedInputNanoUsd === undefined ? null : perMillion(cachedInputNanoUsd),
    cache_write: cacheWriteNanoUsd === undefined ? null : perMillion(cacheWriteNanoUsd),
  };
}
