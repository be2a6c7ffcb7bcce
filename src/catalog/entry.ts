import { calcPrice, type MatchLogic, type ModelInfo, type ModelPrice } from '@pydantic/genai-prices';

/** What the price table says about a model today. */
export interface CatalogEntry {
  readonly info: ModelInfo;
  readonly price: ModelPrice;
}

/** The entry of exactly this model; undefined when the table has none, or only one of a model that is named alike. */
export function findEntry(provider: string, model: string): CatalogEntry | undefined {
  const found = calcPrice({ input_tokens: 0, output_tokens: 0 }, model, { providerId: provider });
  if (found === null || !isExact(found.model.match, model)) return undefined;
  return { info: found.model, price: found.model_price };
}

/** What vendors put behind a name for one of its editions; `ft:` models end in names of their owners. */
const EDITION = /(-latest|-\d{8}|-\d{4}-\d{2}-\d{2})$/;
const FINE_TUNED = /^ft:/;

/**
 * The table recognizes many models by how they begin, so a model that it does not know yet would get the
 * price of an older one: `claude-sonnet-5-5` that of `claude-sonnet-5`.
 */
function isExact(match: MatchLogic, model: string): boolean {
  return FINE_TUNED.test(model) || isNamed(match, model) || isNamed(match, withoutEdition(model));
}

/** `gpt-5-2025-08-07` is an edition of `gpt-5`. */
export function withoutEdition(model: string): string {
  return model.replace(EDITION, '');
}

function isNamed(match: MatchLogic, name: string): boolean {
  if ('or' in match) return match.or.some((each) => isNamed(each, name));
  if ('regex' in match) return new RegExp(match.regex).test(name);
  return Object.values(match).includes(name);
}
