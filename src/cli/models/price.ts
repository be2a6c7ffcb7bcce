import { type Command, InvalidArgumentError } from 'commander';
import { PipelineError } from '../../errors.ts';
import type { Cards, ModelCard } from '../../pipeline/card.ts';
import { valueText } from '../../pipeline/problem.ts';
import type { Usage } from '../../pipeline/result.ts';
import { suggestion } from '../../pipeline/suggestion.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { usdText } from '../screen/amounts.ts';
import type { Act, Session } from '../session.ts';

interface PriceOptions {
  readonly input: number;
  readonly output: number;
  readonly cached: number;
  readonly cacheWrite: number;
}

export function addPrice(models: Command, act: Act): void {
  models
    .command('price <model>')
    .description('Tell what a call costs that uses so many tokens. The model is written provider/model.')
    .requiredOption('--input <tokens>', 'all tokens of the prompt', tokensOption)
    .requiredOption('--output <tokens>', 'tokens of the answer, those of reasoning among them', tokensOption)
    .option('--cached <tokens>', 'of the input: read from a cache', tokensOption, 0)
    .option('--cache-write <tokens>', 'of the input: written into a cache', tokensOption, 0)
    .action(act(price));
}

async function price({ config, terminal }: Session, name: string, options: PriceOptions): Promise<ExitCode> {
  const { knownModels } = await import('./known-models.ts');
  const usage = usageOf(options);
  const nanoUsd = await costOfCall(await knownModels(config), name, usage);
  const tokens = { input_tokens: options.input, output_tokens: options.output };
  const cached = { cached_input_tokens: options.cached, cache_write_tokens: options.cacheWrite };
  terminal.answer({ model: name, ...tokens, ...cached, cost_nano_usd: nanoUsd, cost_usd: nanoUsd / 1e9 }, () => [
    `${usdText(nanoUsd)} for a call of ${name}: ${nanoUsd} nano-dollars`,
  ]);
  return EXIT.DONE;
}

function tokensOption(text: string): number {
  const tokens = Number(text);
  if (Number.isInteger(tokens) && tokens >= 0 && tokens <= 1e9) return tokens;
  throw new InvalidArgumentError('Allowed are whole numbers from 0 to 1000000000.');
}

/** Throws `USAGE`. */
export function usageOf({ input, output, cached, cacheWrite }: PriceOptions): Usage {
  if (cached + cacheWrite <= input)
    return { inputTokens: input, outputTokens: output, cachedInputTokens: cached, cacheWriteTokens: cacheWrite };
  const is = `the input has ${input} tokens, and ${cached + cacheWrite} of it would come from a cache or go into one`;
  throw new PipelineError('USAGE', `Cannot reckon the price: ${is}`);
}

/** In nano-dollars. Throws `MODEL_UNKNOWN` or `PRICE_UNKNOWN`. */
export async function costOfCall(cards: Cards, name: string, usage: Usage): Promise<number> {
  const at = Math.max(name.indexOf('/'), 0);
  const [providerName, model] = [name.slice(0, at), name.slice(at + 1)];
  const provider = cards.providers.find((each) => each.name === providerName);
  const card = cards.findModel(providerName, model);
  if (provider === undefined || (provider.hasClosedCatalog && card === undefined)) throw unknownModel(cards, name);
  const [{ costOf }, { priceOf }] = await Promise.all([
    import('../../catalog/cost.ts'),
    import('../../catalog/prices.ts'),
  ]);
  const published = hasListPrice(provider.hasClosedCatalog, card) ? priceOf(providerName, model, usage) : null;
  const cost = costOf({ isPaid: provider.isPaid, ...(card?.price && { price: card.price }) }, usage, published);
  if (cost !== null) return cost;
  const message = `Cannot tell what a call of ${valueText(name)} costs: nobody knows its price, write it into models.yaml`;
  throw new PipelineError('PRICE_UNKNOWN', message);
}

/** Not where the user says that the price is not known. */
function hasListPrice(isVendor: boolean, card: ModelCard | undefined): boolean {
  return isVendor && card?.price !== undefined;
}

function unknownModel(cards: Cards, name: string): PipelineError {
  const names = cards.listModels().map(({ provider, model }) => `${provider}/${model}`);
  const message = `Cannot tell what a call of ${valueText(name)} costs: there is no such model${suggestion(name, names)}`;
  return new PipelineError('MODEL_UNKNOWN', message);
}
