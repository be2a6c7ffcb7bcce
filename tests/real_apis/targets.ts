import type { ProviderDefinition, ProviderSettings } from '../../activities/models/provider.ts';
import { providers } from '../../activities/models/providers.ts';
import { server } from '../servers.ts';
import { makePictureModel, makeToolModel } from './local-models.ts';

/** Where the conformance suite finds a live server for a provider. */
export interface Target {
  readonly definition: ProviderDefinition;
  readonly settings: ProviderSettings;
  readonly model: string;
  /** Models that call tools and see pictures; what does not exist yet is made. */
  readonly toolModel: () => Promise<string>;
  readonly pictureModel: () => Promise<string>;
  /** For the test report. */
  readonly name: string;
  readonly where: string;
  /** Calls cost money. */
  readonly isVendor: boolean;
  /** False where the server has no mode for JSON, so that the model is only asked for it. */
  readonly keepsToSchemas: boolean;
  /** False where the server does not say that an answer was cut at the limit. */
  readonly tellsCuts: boolean;
  /** The vendor takes no lower limit of the answer. */
  readonly outputTokensMin: number;
}

interface Interface {
  readonly provider: string;
  readonly api?: string;
  /** What the local server adds to its address for it. */
  readonly path: string;
  /** An inexpensive model of the vendor, and the variable that names another; absent when the vendor is spoken to otherwise. */
  readonly vendorModel?: { readonly variable: string; readonly model: string };
  readonly keepsToSchemas: boolean;
  readonly tellsCuts: boolean;
  readonly outputTokensMin?: number;
}

/** Every way in which models are spoken to. */
const INTERFACES: readonly Interface[] = [
  {
    provider: 'anthropic',
    path: '',
    vendorModel: { variable: 'ORCHESTRATOR_TEST_ANTHROPIC_MODEL', model: 'claude-haiku-4-5' },
    keepsToSchemas: false,
    tellsCuts: true,
  },
  {
    provider: 'openai',
    api: 'responses',
    path: '/v1',
    vendorModel: { variable: 'ORCHESTRATOR_TEST_OPENAI_MODEL', model: 'gpt-4.1-nano' },
    keepsToSchemas: true,
    tellsCuts: false,
    outputTokensMin: 16,
  },
  { provider: 'openai', api: 'chat', path: '/v1', keepsToSchemas: true, tellsCuts: true },
  { provider: 'ollama', path: '', keepsToSchemas: true, tellsCuts: true },
];

/** Each interface with its vendor when the vendor's key is set, otherwise with the local server's real inference. */
export function targets(): Target[] {
  return INTERFACES.map((each) => vendorTarget(each) ?? targetAt(each, server('ollama')));
}

/** Each interface, in front of the local server or of something that stands in front of it. */
export function localTargets(): ((address: string) => Target)[] {
  return INTERFACES.map((each) => (address) => targetAt(each, address));
}

/** The provider in front of the local server, as a server that is only compatible is spoken to. */
export function localTarget({ name }: ProviderDefinition, address = server('ollama')): Target {
  const found = INTERFACES.find(({ provider, api }) => provider === name && api !== 'responses');
  if (found === undefined) throw new Error(`Cannot find provider "${name}" on the local server`);
  return targetAt(found, address);
}

function targetAt({ provider, api, path, vendorModel, keepsToSchemas, tellsCuts }: Interface, address: string): Target {
  const baseUrl = `${address}${path}`;
  return {
    definition: definitionOf(provider),
    settings: { baseUrl, ...(api === undefined ? {} : { api }) },
    model: server('model'),
    toolModel: makeToolModel,
    pictureModel: makePictureModel,
    name: api === undefined ? provider : `${provider}, ${api}`,
    where: `real inference of the local server, ${baseUrl}${vendorModel === undefined ? '' : '; the key of the vendor is not set'}`,
    isVendor: false,
    keepsToSchemas,
    tellsCuts,
    outputTokensMin: 1,
  };
}

function vendorTarget({ provider, api, vendorModel, outputTokensMin = 1 }: Interface): Target | undefined {
  const definition = definitionOf(provider);
  const apiKey = definition.vendor && process.env[definition.vendor.keyVariable];
  if (!apiKey || vendorModel === undefined) return undefined;
  const model = process.env[vendorModel.variable] ?? vendorModel.model;
  return {
    definition,
    settings: { apiKey },
    model,
    toolModel: () => Promise.resolve(model),
    pictureModel: () => Promise.resolve(model),
    name: api === undefined ? provider : `${provider}, ${api}`,
    where: `the vendor, ${model}`,
    isVendor: true,
    keepsToSchemas: true,
    tellsCuts: true,
    outputTokensMin,
  };
}

function definitionOf(provider: string): ProviderDefinition {
  const definition = providers.find(({ name }) => name === provider);
  if (definition === undefined) throw new Error(`Cannot find provider "${provider}"`);
  return definition;
}
