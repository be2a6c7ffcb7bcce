import { ABILITIES, type ModelCard } from '../card.ts';
import type { TokenPrice } from '../model-plan.ts';
import type { PREFERENCES, Requirements } from '../spec/model.ts';
import type { z } from 'zod';

export type Require = z.infer<typeof Requirements>;
export type Prefer = (typeof PREFERENCES)[number];

/** What to choose from, and how. */
export interface Question {
  readonly pool: readonly ModelCard[];
  readonly require: Require;
  /** Absent: in the order of the pool. */
  readonly prefer: Prefer | undefined;
  /** No more than these. */
  readonly most: number;
}

/** The models that are left, best first, with the reasons; or why there are none. */
export type Choosing =
  { readonly chosen: readonly ModelCard[]; readonly reasons: readonly string[] } | { readonly fault: string };

/** Chooses by what the cards say. The same cards give the same choice. */
export function chooseModels({ pool, require, prefer, most }: Question): Choosing {
  const able = pool.filter((card) => isAble(card, require));
  const asked = askedText(require);
  if (able.length === 0) return { fault: `none of ${countText(pool)} is known to have ${asked}` };
  const ranked = prefer === undefined ? { cards: able, missing: [] } : rank(able, prefer);
  if (ranked.cards.length === 0) return { fault: `of ${countText(able)}, ${MISSING[prefer as Prefer]}` };
  const chosen = ranked.cards.slice(0, most);
  return {
    chosen,
    reasons: [
      ...(asked === '' ? [] : [`${able.length} of ${countText(pool)} known to have ${asked}`]),
      ...(prefer === undefined ? [] : [`by ${prefer}: ${chosen.map((card) => whyText(card, prefer)).join(', ')}`]),
      ...(ranked.missing.length === 0 ? [] : [`left out, since no card says enough: ${namesText(ranked.missing)}`]),
    ],
  };
}

/** Only what is known counts. */
function isAble(card: ModelCard, { context_tokens = 0, local, ...needed }: Require): boolean {
  const { abilities = {}, contextTokens = 0, isLocal = false } = card;
  if (contextTokens < context_tokens || (local !== undefined && isLocal !== local)) return false;
  return ABILITIES.every((ability) => needed[ability] !== true || abilities[ability] === true);
}

function askedText({ context_tokens, local, ...needed }: Require): string {
  return [
    ...ABILITIES.filter((ability) => needed[ability] === true),
    ...(context_tokens === undefined ? [] : [`context_tokens ${context_tokens}`]),
    ...(local === undefined ? [] : [`local ${local}`]),
  ].join(', ');
}

/** Of a figure, the lower is the better; undefined when no card says it. */
type Figure = (card: ModelCard) => number | undefined;

const FIGURES = {
  /** Three times as many tokens are read as are written, as is usual. */
  cost: (card) => {
    const price = priceOf(card);
    return price && 3 * price.inputNanoUsd + price.outputNanoUsd;
  },
  speed: ({ speed }) => speed && -speed,
  quality: ({ quality }) => quality && -quality,
} as const satisfies Readonly<Record<Exclude<Prefer, 'balanced'>, Figure>>;

const FREE: TokenPrice = { inputNanoUsd: 0, outputNanoUsd: 0 };

/** That of a prompt of usual length. */
function priceOf({ isLocal, price, prices }: ModelCard): TokenPrice | undefined {
  return isLocal === true ? FREE : (prices?.[0]?.price ?? price);
}

const MISSING: Readonly<Record<Prefer, string>> = {
  cost: 'no card says the price',
  speed: 'no card says the speed: write "speed" into models.yaml, in tokens a second as you measured them',
  quality:
    'no card says the quality: write "quality" into models.yaml, a score of your own, such as that of an evaluation',
  balanced: 'no card says the price and the quality: write "quality" into models.yaml',
};

interface Ranked {
  readonly cards: readonly ModelCard[];
  /** Of which no card says enough. */
  readonly missing: readonly ModelCard[];
}

function rank(cards: readonly ModelCard[], prefer: Prefer): Ranked {
  const score = prefer === 'balanced' ? balanceOf(cards) : FIGURES[prefer];
  const scored = cards.map((card) => ({ card, score: score(card) }));
  const known = scored.filter((each): each is { card: ModelCard; score: number } => each.score !== undefined);
  const missing = scored.filter((each) => each.score === undefined);
  const sorted = known.toSorted((a, b) => a.score - b.score || (nameOf(a.card) < nameOf(b.card) ? -1 : 1));
  return { cards: sorted.map(({ card }) => card), missing: missing.map(({ card }) => card) };
}

/** The places by price and by quality together, and by speed where every card says it. */
function balanceOf(cards: readonly ModelCard[]): Figure {
  const full = cards.filter((card) => FIGURES.cost(card) !== undefined && FIGURES.quality(card) !== undefined);
  const hasSpeed = full.every(({ speed }) => speed !== undefined);
  const figures = [FIGURES.cost, FIGURES.quality, ...(hasSpeed ? [FIGURES.speed] : [])];
  return (card) => {
    if (!full.includes(card)) return undefined;
    return figures.reduce((sum, figure) => sum + placeOf(card, full, figure), 0);
  };
}

/** How many are better. */
function placeOf(card: ModelCard, cards: readonly ModelCard[], figure: Figure): number {
  const own = figure(card) as number;
  return cards.filter((other) => (figure(other) as number) < own).length;
}

function whyText(card: ModelCard, prefer: Prefer): string {
  const facts = {
    cost: [priceText(card)],
    speed: [`${card.speed} tokens a second`],
    quality: [`quality ${card.quality}`],
    balanced: [
      priceText(card),
      `quality ${card.quality}`,
      ...(card.speed === undefined ? [] : [`${card.speed} tokens a second`]),
    ],
  };
  return `${nameOf(card)} (${facts[prefer].join(', ')})`;
}

function priceText(card: ModelCard): string {
  const price = priceOf(card) as TokenPrice;
  if (price.inputNanoUsd === 0 && price.outputNanoUsd === 0) return 'free';
  return `$${price.inputNanoUsd / 1000} in and $${price.outputNanoUsd / 1000} out per million tokens`;
}

function countText(cards: readonly ModelCard[]): string {
  return `${cards.length} ${cards.length === 1 ? 'model' : 'models'}`;
}

function namesText(cards: readonly ModelCard[]): string {
  const names = cards.slice(0, NAMES_SHOWN).map(nameOf);
  return cards.length > names.length ? `${names.join(', ')} and ${cards.length - names.length} more` : names.join(', ');
}

const NAMES_SHOWN = 3;

function nameOf({ provider, model }: ModelCard): string {
  return `${provider}/${model}`;
}
