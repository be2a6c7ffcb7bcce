import type { ModelCard } from '../pipeline/card.ts';

/** What the price table does not say of a model. */
export type Abilities = Pick<ModelCard, 'abilities' | 'outputTokensMax'>;

interface Row extends Abilities {
  readonly provider: string;
  readonly models: readonly string[];
  /** Names that are only called with the date of an edition behind them. */
  readonly editionsOf?: readonly string[];
}

/**
 * From the vendors' pages of each model (https://developers.openai.com/api/docs/models,
 * https://platform.claude.com/docs/en/about-claude/models/overview and …/build-with-claude/structured-outputs), checked
 * against https://models.dev of July 2026; newer models from the pages of the vendors and of those who host them. An
 * ability that these do not mention is left out: it counts as not known.
 */
const ROWS: readonly Row[] = [
  {
    provider: 'openai',
    models: [
      'gpt-5',
      'gpt-5-mini',
      'gpt-5-nano',
      'gpt-5.1',
      'gpt-5.2',
      'gpt-5.4',
      'gpt-5.4-mini',
      'gpt-5.4-nano',
      'gpt-5.5',
      'gpt-5.6-luna',
      'gpt-5.6-sol',
      'gpt-5.6-terra',
      'gpt-6-astra',
      'gpt-6-luna',
      'gpt-6-sol',
    ],
    abilities: { structured_output: true, tools: true, images: true },
    outputTokensMax: 128_000,
  },
  {
    provider: 'openai',
    models: [
      'gpt-5-codex',
      'gpt-5.1-codex',
      'gpt-5.1-codex-max',
      'gpt-5.1-codex-mini',
      'gpt-5.2-codex',
      'gpt-5.3-codex',
    ],
    abilities: { structured_output: true, tools: true, images: true },
    outputTokensMax: 128_000,
  },
  {
    provider: 'openai',
    models: ['gpt-5.2-pro', 'gpt-5.4-pro'],
    abilities: { structured_output: false, tools: true, images: true },
    outputTokensMax: 128_000,
  },
  {
    provider: 'openai',
    models: ['gpt-4.1', 'gpt-4.1-mini', 'gpt-4.1-nano'],
    abilities: { structured_output: true, tools: true, images: true },
    outputTokensMax: 32_768,
  },
  {
    provider: 'openai',
    models: ['gpt-4o', 'gpt-4o-mini'],
    abilities: { structured_output: true, tools: true, images: true },
    outputTokensMax: 16_384,
  },
  {
    provider: 'openai',
    models: ['o1', 'o1-pro', 'o3', 'o3-pro', 'o4-mini'],
    abilities: { structured_output: true, tools: true, images: true },
    outputTokensMax: 100_000,
  },
  {
    provider: 'openai',
    models: ['o3-mini'],
    abilities: { structured_output: true, tools: true, images: false },
    outputTokensMax: 100_000,
  },
  {
    provider: 'openai',
    models: ['gpt-4-turbo'],
    abilities: { structured_output: false, tools: true, images: true },
    outputTokensMax: 4096,
  },
  {
    provider: 'openai',
    models: ['gpt-4'],
    abilities: { structured_output: false, tools: true, images: false },
    outputTokensMax: 8192,
  },
  {
    provider: 'openai',
    models: ['gpt-3.5-turbo'],
    abilities: { structured_output: false, images: false },
    outputTokensMax: 4096,
  },
  {
    provider: 'anthropic',
    models: ['claude-haiku-4-5', 'claude-sonnet-4-5', 'claude-opus-4-5'],
    abilities: { structured_output: true, tools: true, images: true },
    outputTokensMax: 64_000,
  },
  {
    provider: 'anthropic',
    models: ['claude-opus-4-1'],
    abilities: { structured_output: true, tools: true, images: true },
    outputTokensMax: 32_000,
  },
  {
    provider: 'anthropic',
    models: ['claude-opus-4-6'],
    abilities: { structured_output: true, tools: true, images: true },
    outputTokensMax: 128_000,
  },
  {
    provider: 'anthropic',
    models: [
      'claude-sonnet-5',
      'claude-opus-4-7',
      'claude-opus-4-8',
      'claude-opus-5',
      'claude-fable-5',
      'claude-fable-5-1',
    ],
    abilities: { tools: true, images: true },
    outputTokensMax: 128_000,
  },
  { provider: 'anthropic', models: ['claude-opus-5-5'], abilities: { tools: true }, outputTokensMax: 128_000 },
  {
    provider: 'anthropic',
    models: ['claude-sonnet-4-6', 'claude-sonnet-4-0'],
    editionsOf: ['claude-sonnet-4'],
    abilities: { tools: true, images: true },
    outputTokensMax: 64_000,
  },
  {
    provider: 'anthropic',
    models: ['claude-opus-4-0'],
    editionsOf: ['claude-opus-4'],
    abilities: { tools: true, images: true },
    outputTokensMax: 32_000,
  },
];

const ABILITIES_OF: ReadonlyMap<string, Abilities> = new Map(
  ROWS.flatMap(({ provider, models, editionsOf = [], ...abilities }) =>
    [...models, ...editionsOf].map((model) => [`${provider}/${model}`, abilities]),
  ),
);

/** What a model of a vendor can do, under exactly this name. */
export function abilitiesOf(provider: string, model: string): Abilities | undefined {
  return ABILITIES_OF.get(`${provider}/${model}`);
}

/** Every model of which something is known, without its editions. */
export function describedModels(): readonly (readonly [provider: string, model: string])[] {
  return ROWS.flatMap(({ provider, models }) => models.map((model) => [provider, model] as const));
}
