import { z } from 'zod';
import { isVendorItself, type ProviderDefinition, type ProviderSettings } from '../activities/models/provider.ts';
import { providers } from '../activities/models/providers.ts';
import type { Check } from '../activities/quality/check.ts';
import { checks } from '../activities/quality/checks.ts';
import type { Tool } from '../activities/tools/tool.ts';
import { tools } from '../activities/tools/tools.ts';
import { describedCards, findModelCard, similarModels } from './catalog/models.ts';
import { mergeCard, type OwnModel } from './catalog/models-file.ts';
import type { Config } from './config.ts';
import type { Cards, CheckCard, ModelCard, ProviderCard, ToolCard } from './pipeline/card.ts';
import type { JsonObject } from './pipeline/json.ts';
import type { CallingCheck } from './pipeline/make-plan/checks/calling-check.ts';
import { CALLING_CHECKS } from './pipeline/make-plan/checks/calling-checks.ts';

/** Models that the catalog does not know: what the user says of some, and what servers have. */
export interface MoreModels {
  readonly own?: readonly OwnModel[];
  readonly local?: readonly ModelCard[];
  /** Tools of MCP servers. */
  readonly mcp?: readonly ToolCard[];
}

/** What the compiler may know: the cards of everything in the lists of `activities/`, as this configuration allows it. */
export function cardsFor(config: Config, more: MoreModels = {}): Cards {
  const providerCards = providers.map((provider) => providerCard(provider, config.providers[provider.name] ?? {}));
  return {
    providers: providerCards,
    tools: [...tools.map(toolCard), ...(config.own?.tools ?? []).map(ownCard(toolCard)), ...(more.mcp ?? [])],
    checks: [
      ...checks.map(checkCard),
      ...CALLING_CHECKS.map(callingCard),
      ...(config.own?.checks ?? []).map(ownCard(checkCard)),
    ],
    ...modelCards(providerCards, { ...more, own: [...(config.own?.models ?? []), ...(more.own ?? [])] }),
    similarModels,
  };
}

function modelCards(
  providerCards: readonly ProviderCard[],
  { own, local = [] }: Pick<MoreModels, 'local'> & Required<Pick<MoreModels, 'own'>>,
): Pick<Cards, 'findModel' | 'listModels'> {
  const ownCards = new Map(own.map((card) => [nameOf(card), card]));
  const localCards = new Map(local.map((card) => [nameOf(card), card]));
  const closed = new Set(providerCards.filter(({ hasClosedCatalog }) => hasClosedCatalog).map(({ name }) => name));
  const findModel: Cards['findModel'] = (provider, model) => {
    const name = nameOf({ provider, model });
    const published = closed.has(provider) ? findModelCard(provider, model) : unlistedCard(provider, model);
    const known = localCards.get(name) ?? published;
    const said = ownCards.get(name);
    return said === undefined ? known : mergeCard(known, said);
  };
  const listModels = (): readonly ModelCard[] => {
    const published = describedCards().filter(({ provider }) => closed.has(provider));
    const names = new Map([...published, ...local, ...own].map((card) => [nameOf(card), card]));
    return [...names.values()].map(({ provider, model }) => findModel(provider, model) as ModelCard);
  };
  return { findModel, listModels };
}

/** What is known of any model on a server of one's own, without asking it. */
function unlistedCard(provider: string, model: string): ModelCard | undefined {
  const abilities = providers.find(({ name }) => name === provider)?.ownServer?.abilities;
  return abilities && { provider, model, isLocal: true, abilities };
}

function nameOf({ provider, model }: Pick<ModelCard, 'provider' | 'model'>): string {
  return `${provider}/${model}`;
}

function providerCard({ name, isPaid, vendor }: ProviderDefinition, settings: ProviderSettings): ProviderCard {
  // A compatible server has models of its own, and may need no key.
  if (vendor === undefined || !isVendorItself(vendor, settings)) {
    return { name, isPaid, isUsable: true, hasClosedCatalog: false };
  }
  const { keyVariable } = vendor;
  return { name, isPaid, isUsable: settings.apiKey !== undefined, keyVariable, hasClosedCatalog: true };
}

function toolCard({ name, description, effect, effectBy, input, output, timeoutMs, usesNetwork }: Tool): ToolCard {
  return {
    name,
    description,
    effect,
    ...(effectBy === undefined ? {} : { effectBy }),
    input: jsonSchema(input, 'input'),
    output: jsonSchema(output, 'output'),
    timeoutMs,
    ...(usesNetwork === undefined ? {} : { usesNetwork }),
  };
}

/** Not every worker has what is not built in. */
function ownCard<Part, Card>(card: (part: Part) => Card): (part: Part) => Card & { readonly isOwn: true } {
  return (part) => ({ ...card(part), isOwn: true });
}

function checkCard({ name, description, options, readsOutput, example }: Check): CheckCard {
  return { name, description, options: jsonSchema(options, 'input'), readsOutput, example };
}

/** What calls models and tools to judge is a part of the language: no worker has it, and none lacks it. */
function callingCard({ name, description, options, example }: CallingCheck): CheckCard {
  return { name, description, options: jsonSchema(options, 'input'), readsOutput: false, example };
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): JsonObject {
  return z.toJSONSchema(schema, { io }) as JsonObject;
}
