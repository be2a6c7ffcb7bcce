import { z } from 'zod';
import { PipelineError } from '../errors.ts';
import { ABILITIES, type ModelCard, type ProviderCard } from '../pipeline/card.ts';
import type { Json } from '../pipeline/json.ts';
import { readYamlFile } from '../pipeline/parse/yaml-file.ts';
import type { TokenPrice } from '../pipeline/model-plan.ts';
import { type Path, type Problem, isMap, placeText, valueText, wrongKey } from '../pipeline/problem.ts';
import { problemsOfIssues } from '../pipeline/spec/sentence.ts';
import { map, wholeNumber } from '../pipeline/spec/value.ts';
import { suggestion } from '../pipeline/suggestion.ts';

/** The name of the file that is looked for beside a pipeline. */
export const MODELS_FILE = 'models.yaml';

const TOKENS_MAX = 100_000_000;

function positive(allowed: string) {
  return z.number({ error: allowed }).positive({ error: allowed });
}

const Usd = z.number({ error: 'dollars per million tokens, such as 1.25,' }).min(0, {
  error: 'dollars per million tokens, such as 1.25,',
});

const OwnPrice = map({
  input: Usd,
  output: Usd,
  cached_input: Usd.optional(),
  cache_write: Usd.optional(),
});

const trueOrFalse = z.boolean({ error: 'true or false' }).optional();

const OwnCard = map({
  context_tokens: wholeNumber(1, TOKENS_MAX).optional(),
  output_tokens_max: wholeNumber(1, TOKENS_MAX).optional(),
  structured_output: trueOrFalse,
  tools: trueOrFalse,
  images: trueOrFalse,
  price: z
    .union([z.literal('unknown'), OwnPrice], { error: 'a map with "input" and "output", or unknown,' })
    .optional(),
  speed: positive('tokens a second, such as 80,').optional(),
  quality: positive('a score above 0').optional(),
});
type OwnCard = z.infer<typeof OwnCard>;

const OwnModels = map({ models: z.record(z.string(), OwnCard, { error: 'a map of models' }) }, 'a map with "models"');

/** What a user says of a model. It goes before what the catalog says. */
export interface OwnModel extends Omit<ModelCard, 'prices' | 'ownAbilities'> {
  /** True when the price is said not to be known, whatever the catalog says. */
  readonly hasUnknownPrice?: true;
}

type Provider = Pick<ProviderCard, 'name' | 'isPaid'>;

/** Reads the models that a user describes. Throws `MODELS_INVALID` with everything that is wrong in the file. */
export function readOwnModels(bytes: Uint8Array, file: string, providers: readonly Provider[]): readonly OwnModel[] {
  const { value, findings } = readYamlFile(bytes, file, (read) => problemsOf(read, providers));
  const [first] = findings;
  if (first !== undefined) {
    const message = `Cannot use the models of "${file}": ${first.message}`;
    throw new PipelineError('MODELS_INVALID', message, { findings });
  }
  const { models } = value as z.infer<typeof OwnModels>;
  return Object.entries(models).map(([name, card]) => ownModel(name, card));
}

function problemsOf(value: Json, providers: readonly Provider[]): readonly Problem[] {
  const issues = OwnModels.safeParse(value).error?.issues ?? [];
  const models = isMap(value) && isMap(value['models']) ? value['models'] : {};
  return [
    ...problemsOfIssues(issues, [], value).map((problem) => ({
      ...problem,
      message: problem.message.replace(/^(Cannot read (?:(?:key )?"\w+" of )?)the pipeline(?=:)/u, '$1the file'),
    })),
    ...Object.entries(models).flatMap(([name, card]) => modelProblems(name, card, providers)),
  ];
}

function modelProblems(name: string, card: Json, providers: readonly Provider[]): readonly Problem[] {
  const path: Path = ['models', name];
  const what = `Cannot use ${valueText(name)} as a model`;
  const [providerName, model] = splitName(name);
  if (providerName === '' || model === '')
    return [wrongKey('ID_INVALID', path, `${what}: it is not written provider/model`)];
  const provider = providers.find((each) => each.name === providerName);
  if (provider === undefined) {
    const names = providers.map((each) => each.name);
    const is = `there is no provider ${valueText(providerName)}${suggestion(providerName, names)}`;
    return [wrongKey('MODEL_UNKNOWN', path, `${what}: ${is}`)];
  }
  if (provider.isPaid || !isMap(card) || card['price'] === undefined) return [];
  const message = `Cannot use ${placeText([...path, 'price'])}: calls of ${providerName} cost nothing`;
  return [wrongKey('VALUE_INVALID', [...path, 'price'], message)];
}

function splitName(name: string): readonly [provider: string, model: string] {
  const at = Math.max(name.indexOf('/'), 0);
  return [name.slice(0, at), name.slice(at + 1)];
}

function ownModel(name: string, card: OwnCard): OwnModel {
  const [provider, model] = splitName(name);
  const { context_tokens, output_tokens_max, price, speed, quality } = card;
  const abilities = ABILITIES.flatMap((ability) => (card[ability] === undefined ? [] : [[ability, card[ability]]]));
  return {
    provider,
    model,
    ...(context_tokens !== undefined && { contextTokens: context_tokens }),
    ...(output_tokens_max !== undefined && { outputTokensMax: output_tokens_max }),
    ...(abilities.length > 0 && { abilities: Object.fromEntries(abilities) as ModelCard['abilities'] & object }),
    ...(price === 'unknown' && { hasUnknownPrice: true }),
    ...(typeof price === 'object' && { price: ownPrice(price) }),
    ...(speed !== undefined && { speed }),
    ...(quality !== undefined && { quality }),
  };
}

function ownPrice({ input, output, cached_input, cache_write }: z.infer<typeof OwnPrice>): TokenPrice {
  return {
    inputNanoUsd: nanoUsd(input),
    outputNanoUsd: nanoUsd(output),
    ...(cached_input !== undefined && { cachedInputNanoUsd: nanoUsd(cached_input) }),
    ...(cache_write !== undefined && { cacheWriteNanoUsd: nanoUsd(cache_write) }),
    isOwn: true,
  };
}

/** Per token, of dollars per million tokens: to three decimals, rounded up, so that no price becomes too low. */
function nanoUsd(usd: number): number {
  return Math.ceil(Math.round(usd * 1e9) / 1e3) / 1e3;
}

/** What is known of a model, from the catalog or its server, and what the user says of it. */
export function mergeCard(known: ModelCard | undefined, { hasUnknownPrice, ...own }: OwnModel): ModelCard {
  const abilities = { ...known?.abilities, ...own.abilities };
  const card = {
    ...known,
    ...own,
    ...(Object.keys(abilities).length > 0 && { abilities }),
    ...(own.abilities && { ownAbilities: own.abilities }),
  };
  const { prices: _prices, ...withoutPrices } = card;
  const { price: _price, ...withoutPrice } = withoutPrices;
  if (hasUnknownPrice === true) return withoutPrice;
  return own.price === undefined ? card : withoutPrices;
}
