import type { ModelCard } from '../card.ts';
import { type Path, placeText, wrongValue } from '../problem.ts';
import type { ModelSpec } from '../spec/model.ts';
import { candidateOfCard, type Candidate } from './candidates.ts';
import { chooseModels, type Prefer } from './choose.ts';
import type { Draft } from './draft.ts';

/** Of all models that there are, so many are kept: the best, and what is tried in its place. */
const CHOSEN_MAX = 3;

export interface Wish extends Pick<Exclude<ModelSpec, string>, 'require' | 'prefer'> {
  /** What `use` lists; without it, there is the whole catalog to choose from. */
  readonly named: readonly Candidate[] | undefined;
}

export interface Chosen {
  readonly candidates: readonly Candidate[];
  /** Why these, in this order. */
  readonly reasons: readonly string[];
}

/** The models that a name of `models` asks for, best first; what keeps it from having any is reported. */
export function chosenModels(draft: Draft, path: Path, { require = {}, prefer, named }: Wish): Chosen {
  const pool = named === undefined ? usableModels(draft) : cardsOf(draft, named);
  // What `use` names and what cannot be used has been told.
  if (named !== undefined && pool.length === 0) return { candidates: named, reasons: [] };
  const unusable = whyUnusable(draft, named);
  const question = { pool, require, ...orderOf(named, prefer) };
  const choosing = pool.length === 0 ? { fault: 'no model is known' } : chooseModels(question);
  if ('chosen' in choosing) {
    const candidates = choosing.chosen.map((card) => candidateOfCard(draft, card));
    return { candidates, reasons: [...choosing.reasons, ...unusable] };
  }
  const place = Object.keys(require).length > 0 ? [...path, 'require'] : [...path, 'prefer'];
  const message = `Cannot use ${placeText(place)}: ${[choosing.fault, ...unusable].join('; ')}`;
  draft.problems.push(wrongValue('MODEL_UNSUITABLE', place, message));
  return { candidates: [{ kind: 'unknown' }], reasons: [] };
}

/** A list that people wrote keeps its order and its length. */
function orderOf(
  named: Wish['named'],
  prefer: Prefer | undefined,
): { readonly prefer: Prefer | undefined; readonly most: number } {
  return named === undefined ? { prefer: prefer ?? 'cost', most: CHOSEN_MAX } : { prefer, most: Infinity };
}

function usableModels({ cards }: Draft): readonly ModelCard[] {
  const usable = new Set(cards.providers.filter(({ isUsable }) => isUsable).map(({ name }) => name));
  return cards.listModels().filter(({ provider }) => usable.has(provider));
}

function cardsOf({ cards }: Draft, named: readonly Candidate[]): readonly ModelCard[] {
  return named.flatMap((candidate) => {
    if (candidate.kind !== 'model') return [];
    const { provider, model, isPaid } = candidate.model;
    return [cards.findModel(provider, model) ?? { provider, model, ...(!isPaid && { isLocal: true }) }];
  });
}

/** The providers whose models are left out; of those that people wrote down, this has been told already. */
function whyUnusable({ cards }: Draft, named: Wish['named']): readonly string[] {
  if (named !== undefined) return [];
  return cards.providers
    .filter(({ isUsable }) => !isUsable)
    .map(({ name, keyVariable }) => `${name} is left out until ${keyVariable} is set`);
}
