import { z } from 'zod';
import { isVendorItself, type ProviderDefinition, type ProviderSettings } from '../activities/models/provider.ts';
import { providers } from '../activities/models/providers.ts';
import type { Check } from '../activities/quality/check.ts';
import { checks } from '../activities/quality/checks.ts';
import type { Tool } from '../activities/tools/tool.ts';
import { tools } from '../activities/tools/tools.ts';
import { findModelCard, similarModels } from './catalog/models.ts';
import type { Config } from './config.ts';
import type { Cards, CheckCard, ProviderCard, ToolCard } from './pipeline/card.ts';
import type { JsonObject } from './pipeline/json.ts';

/** What the compiler may know: the cards of everything in the lists of `activities/`, as this configuration allows it. */
export function cardsFor(config: Config): Cards {
  return {
    providers: providers.map((provider) => providerCard(provider, config.providers[provider.name] ?? {})),
    tools: tools.map(toolCard),
    checks: checks.map(checkCard),
    findModel: findModelCard,
    similarModels,
  };
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

function checkCard({ name, description, options, readsOutput, example }: Check): CheckCard {
  return { name, description, options: jsonSchema(options, 'input'), readsOutput, example };
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): JsonObject {
  return z.toJSONSchema(schema, { io }) as JsonObject;
}
