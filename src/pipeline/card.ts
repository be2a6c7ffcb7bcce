import type { Json, JsonSchema } from './json.ts';
import type { Effect } from './plan.ts';

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

export interface ModelCard {
  readonly provider: string;
  readonly model: string;
  readonly contextTokens?: number;
  readonly outputTokensMax?: number;
  /** Nano-dollars per token; absent when the price is not known. */
  readonly price?: { readonly inputNanoUsd: number; readonly outputNanoUsd: number };
}

export interface ToolCard {
  readonly name: string;
  readonly description: string;
  readonly effect: Effect;
  readonly input: JsonSchema;
  readonly output: JsonSchema;
  /** The default and highest time of one attempt, in milliseconds. */
  readonly timeoutMs: number;
}

export interface CheckCard {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of what stands behind the check's key. */
  readonly options: JsonSchema;
  /** True when `output` may be used in the options' expressions (`expect`). */
  readonly readsOutput: boolean;
  readonly example: Json;
}

/** Everything that the compiler knows about the world. */
export interface Cards {
  readonly providers: readonly ProviderCard[];
  readonly tools: readonly ToolCard[];
  readonly checks: readonly CheckCard[];
  /** The card of a model of a provider with a closed catalog; undefined when there is no such model. */
  findModel(provider: string, model: string): ModelCard | undefined;
  /** Names that come close to an unknown model, best first, at most 3; for suggestions. */
  similarModels(provider: string, model: string): readonly string[];
}
