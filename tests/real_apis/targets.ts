import type { ProviderDefinition, ProviderSettings } from '../../activities/models/provider.ts';
import { providers } from '../../activities/models/providers.ts';
import { server } from '../servers.ts';

/** Where the conformance suite finds a live server for a provider. */
export interface Target {
  readonly definition: ProviderDefinition;
  readonly settings: ProviderSettings;
  readonly model: string;
  /** For the test report. */
  readonly where: string;
  /** False where the server has no mode for JSON, so that the model is only asked for it. */
  readonly keepsToSchemas: boolean;
}

/** What Ollama adds to its address for each vendor whose interface it offers. */
const OLLAMA_PATHS: Readonly<Record<string, string>> = { openai: '/v1' };

/** Inexpensive models, and the variables that name others. */
const VENDOR_MODELS: Readonly<Record<string, { variable: string; model: string }>> = {
  openai: { variable: 'ORCHESTRATOR_TEST_OPENAI_MODEL', model: 'gpt-4.1-nano' },
  anthropic: { variable: 'ORCHESTRATOR_TEST_ANTHROPIC_MODEL', model: 'claude-haiku-4-5' },
};

/** Each provider with its vendor when the vendor's key is set, otherwise with the local server's real inference. */
export function targets(): Target[] {
  return providers.map((definition) => vendorTarget(definition) ?? localTarget(definition));
}

/** The provider in front of the local server. */
export function localTarget(definition: ProviderDefinition, address = server('ollama')): Target {
  const baseUrl = `${address}${OLLAMA_PATHS[definition.name] ?? ''}`;
  return {
    definition,
    settings: { baseUrl },
    model: server('model'),
    where: `local server, ${baseUrl}`,
    keepsToSchemas: definition.name !== 'anthropic',
  };
}

function vendorTarget(definition: ProviderDefinition): Target | undefined {
  const apiKey = definition.vendor && process.env[definition.vendor.keyVariable];
  const vendorModel = VENDOR_MODELS[definition.name];
  if (!apiKey || vendorModel === undefined) return undefined;
  const model = process.env[vendorModel.variable] ?? vendorModel.model;
  return { definition, settings: { apiKey }, model, where: `the vendor, ${model}`, keepsToSchemas: true };
}
