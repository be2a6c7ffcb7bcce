import type { ProviderCard } from '../card.ts';
import type { ModelCandidate } from '../plan.ts';
import { type Path, placeText, valueText, wrongValue } from '../problem.ts';
import { suggestion } from '../suggestion.ts';
import type { Draft } from './draft.ts';

/** What `provider/model` names: a model, one that is passed over until a variable is set, or nothing that there is. */
export type Candidate =
  | { readonly kind: 'model'; readonly model: ModelCandidate }
  | { readonly kind: 'unusable'; readonly until: string }
  | { readonly kind: 'unknown' };

export function candidateOf(draft: Draft, path: Path, text: string): Candidate {
  const at = text.indexOf('/');
  const [provider, model] = [text.slice(0, Math.max(at, 0)), text.slice(at + 1)];
  const card = draft.cards.providers.find(({ name }) => name === provider);
  const fault = faultOf(draft, { text, provider, model, card });
  const what = `Cannot use ${placeText(path)}`;
  if (fault !== undefined || card === undefined) {
    draft.problems.push(wrongValue('MODEL_UNKNOWN', path, `${what}: ${fault}`));
    return { kind: 'unknown' };
  }
  if (card.isUsable) return { kind: 'model', model: pricedModel(draft, { provider, model, card }) };
  const until = `${card.keyVariable} is set`;
  const is = `${provider} cannot be used until ${until}`;
  draft.warnings.push({ ...wrongValue('MODEL_UNUSABLE', path, `${what}: ${is}`), severity: 'warning' });
  return { kind: 'unusable', until };
}

/** The price is that of today: a run never sees a later one. */
function pricedModel(
  { cards }: Draft,
  { provider, model, card }: Omit<Named, 'text'> & { card: ProviderCard },
): ModelCandidate {
  const price = card.isPaid ? cards.findModel(provider, model)?.price : undefined;
  return { provider, model, isPaid: card.isPaid, ...(price === undefined ? {} : { price }) };
}

interface Named {
  readonly text: string;
  readonly provider: string;
  readonly model: string;
  readonly card: ProviderCard | undefined;
}

function faultOf({ cards }: Draft, { text, provider, model, card }: Named): string | undefined {
  if (provider === '' || model === '') return `${valueText(text)} is not written provider/model`;
  if (card === undefined) {
    return `there is no provider ${valueText(provider)}${suggestion(
      provider,
      cards.providers.map(({ name }) => name),
    )}`;
  }
  if (!card.hasClosedCatalog || cards.findModel(provider, model) !== undefined) return undefined;
  const [similar] = cards.similarModels(provider, model);
  const hint = similar === undefined ? '' : `: did you mean "${provider}/${similar}"?`;
  return `${provider} has no model ${valueText(model)}${hint}`;
}

/** How many tokens a model can answer at most, as far as that is known. */
export function limitOf({ cards }: Draft, { provider, model }: ModelCandidate): number {
  const card = cards.providers.find(({ name }) => name === provider);
  const found = card?.hasClosedCatalog ? cards.findModel(provider, model) : undefined;
  return found?.outputTokensMax ?? Infinity;
}

export function nameOf({ provider, model }: ModelCandidate): string {
  return `${provider}/${model}`;
}
