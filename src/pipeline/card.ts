import type { Json, JsonSchema } from './json.ts';
import type { TokenPrice } from './model-plan.ts';
import type { Effect, Template } from './plan.ts';

/** Plain descriptions of what a pipeline may name. The compiler sees these, never the code behind them. */
export interface ProviderCard {
  readonly name: string;
  readonly isPaid: boolean;
  /** False when a key that this provider needs is not configured: its models are passed over, with a warning. */
  readonly isUsable: boolean;
  /** The environment variable that makes it usable, for the warning. */
  readonly keyVariable?: string;
  /** False: model names cannot be known before the server is asked (Ollama, compatible servers). */
  readonly hasClosedCatalog: boolean;
}

/** What a model may be able to do, and a step may need. */
export const ABILITIES = ['structured_output', 'tools', 'images'] as const;
export type Ability = (typeof ABILITIES)[number];

export interface ModelCard {
  readonly provider: string;
  readonly model: string;
  /** How many tokens prompt and answer may have together. */
  readonly contextTokens?: number;
  readonly outputTokensMax?: number;
  /** What it is known to be able to do, and not to be; an absent one is not known. */
  readonly abilities?: Readonly<Partial<Record<Ability, boolean>>>;
  /** Those of them that the user's own catalog says. */
  readonly ownAbilities?: Readonly<Partial<Record<Ability, boolean>>>;
  /** The highest that can apply. Absent when nothing is paid, or when it is not known. */
  readonly price?: TokenPrice;
  /** Prices by the length of the prompt, that of the shortest first; absent where there is one price. */
  readonly prices?: readonly PriceStep[];
  /** True when it runs on a server of one's own. */
  readonly isLocal?: true;
  /** Tokens a second. Nobody but the user says this. */
  readonly speed?: number;
  /** A score on a scale of the user's own, the higher the better. */
  readonly quality?: number;
}

/** What is paid, for all of its tokens, when a prompt has more tokens than this. */
export interface PriceStep {
  readonly overInputTokens: number;
  readonly price: TokenPrice;
}

/** A tool whose effect hangs on one field of its input: what each value of it does, and what its absence does. */
export interface EffectByField {
  readonly field: string;
  readonly values: Readonly<Record<string, Effect>>;
  readonly absent: Effect;
}

export interface ToolCard {
  readonly name: string;
  readonly description: string;
  /** The worst that a call may do. */
  readonly effect: Effect;
  readonly effectBy?: EffectByField;
  readonly input: JsonSchema;
  readonly output: JsonSchema;
  /** The default and highest time of one attempt, in milliseconds. */
  readonly timeoutMs: number;
  /** True when it calls hosts, which a step may narrow down. */
  readonly usesNetwork?: true;
  /** True when it is not built in: not every worker has it. */
  readonly isOwn?: true;
  /** The hash of its schemas, where its server may change them. */
  readonly schema?: string;
}

/**
 * What a call with this input may do. A field that is known only in the run, or whose value the tool does not
 * name, counts as the worst.
 */
export function effectOf({ effect, effectBy }: Pick<ToolCard, 'effect' | 'effectBy'>, input: Template): Effect {
  if (effectBy === undefined) return effect;
  const fields = fieldsOf(input);
  if (fields === undefined) return effect;
  const value = fields[effectBy.field];
  if (value === undefined) return effectBy.absent;
  const known = Object.entries(effectBy.values).find(([text]) => value.kind === 'literal' && value.value === text);
  return known?.[1] ?? effect;
}

export interface CheckCard {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of what stands behind the check's key. */
  readonly options: JsonSchema;
  /** True when `output` may be used in the options' expressions (`expect`). */
  readonly readsOutput: boolean;
  readonly example: Json;
  /** True when it is not built in: not every worker has it. */
  readonly isOwn?: true;
}

/** Everything that the compiler knows about the world. */
export interface Cards {
  readonly providers: readonly ProviderCard[];
  readonly tools: readonly ToolCard[];
  readonly checks: readonly CheckCard[];
  /** What is known of a model; undefined when nothing is, which for a provider with a closed catalog means that there is none. */
  findModel(provider: string, model: string): ModelCard | undefined;
  /** The models that one may be chosen from: those that answer with text, and of whose abilities somebody has told. */
  listModels(): readonly ModelCard[];
  /** Names that come close to an unknown model, best first, at most 3; for suggestions. */
  similarModels(provider: string, model: string): readonly string[];
}

function fieldsOf(input: Template): Readonly<Record<string, Template>> | undefined {
  if (input.kind === 'map') return input.entries;
  if (input.kind !== 'literal' || input.value === null || typeof input.value !== 'object') return undefined;
  return Object.fromEntries(Object.entries(input.value).map(([key, value]) => [key, { kind: 'literal', value }]));
}
