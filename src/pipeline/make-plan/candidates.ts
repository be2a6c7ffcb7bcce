import type { ModelCard, ProviderCard } from '../card.ts';
import type { ModelCandidate } from '../model-plan.ts';
import { type Path, placeText, valueText, wrongValue } from '../problem.ts';
import { suggestion } from '../suggestion.ts';
import type { Draft } from './draft.ts';

/** What `provider/model` names: a model, one that is passed over until a variable is set, or nothing that there is. */
export type Candidate =
  | { readonly kind: 'model'; readonly model: ModelCandidate }
  | { readonly kind: 'unusable'; readonly until: string }
  | { readonly kind: 'unknown' };

/** `provider/model`. Where it need not be known, its price need not be either. */
interface Naming {
  readonly text: string;
  readonly mustBeKnown: boolean;
}

export function candidateOf(draft: Draft, path: Path, { text, mustBeKnown }: Naming): Candidate {
  const at = text.indexOf('/');
  const [provider, model] = [text.slice(0, Math.max(at, 0)), text.slice(at + 1)];
  const card = draft.cards.providers.find(({ name }) => name === provider);
  const fault = faultOf(draft, { text, mustBeKnown, provider, model, card });
  const what = `Cannot use ${placeText(path)}`;
  if (fault !== undefined || card === undefined) {
    draft.problems.push(wrongValue('MODEL_UNKNOWN', path, `${what}: ${fault}`));
    return { kind: 'unknown' };
  }
  if (card.isUsable) return { kind: 'model', model: plannedModel(draft, { provider, model, card }) };
  const until = `${card.keyVariable} is set`;
  const is = `${provider} cannot be used until ${until}`;
  draft.warnings.push({ ...wrongValue('MODEL_UNUSABLE', path, `${what}: ${is}`), severity: 'warning' });
  return { kind: 'unusable', until };
}

/** A model that was chosen, and so can be used. */
export function candidateOfCard(draft: Draft, { provider, model }: ModelCard): Candidate {
  const card = draft.cards.providers.find(({ name }) => name === provider) as ProviderCard;
  return { kind: 'model', model: plannedModel(draft, { provider, model, card }) };
}

/** The price and the abilities are those of today: a run never sees later ones. */
function plannedModel(
  { cards }: Draft,
  { provider, model, card }: Pick<Named, 'provider' | 'model'> & { card: ProviderCard },
): ModelCandidate {
  const { price, ownAbilities: abilities } = cards.findModel(provider, model) ?? {};
  return {
    provider,
    model,
    isPaid: card.isPaid,
    ...(card.isPaid && price !== undefined ? { price } : {}),
    ...(abilities === undefined ? {} : { abilities }),
  };
}

interface Named extends Naming {
  readonly provider: string;
  readonly model: string;
  readonly card: ProviderCard | undefined;
}

function faultOf({ cards }: Draft, { text, mustBeKnown, provider, model, card }: Named): string | undefined {
  if (provider === '' || model === '') return `${valueText(text)} is not written provider/model`;
  if (card === undefined) {
    return `there is no provider ${valueText(provider)}${suggestion(
      provider,
      cards.providers.map(({ name }) => name),
    )}`;
  }
  const isKnown = !card.hasClosedCatalog || cards.findModel(provider, model) !== undefined;
  if (isKnown || !mustBeKnown) return undefined;
  const [similar] = cards.similarModels(provider, model);
  const hint = similar === undefined ? UNKNOWN_HINT : `: did you mean "${provider}/${similar}"?`;
  return `${provider} has no model ${valueText(model)}${hint}`;
}

const UNKNOWN_HINT = ' that is in the catalog: write its card into models.yaml, or "price: unknown" into "models"';

/** How many tokens a model can answer at most, as far as that is known. */
export function limitOf({ cards }: Draft, { provider, model }: ModelCandidate): number {
  return cards.findModel(provider, model)?.outputTokensMax ?? Infinity;
}

export function nameOf({ provider, model }: ModelCandidate): string {
  return `${provider}/${model}`;
}
