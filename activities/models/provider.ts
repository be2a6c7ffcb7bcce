import type { JsonSchema } from '../../src/pipeline/json.ts';
import type { Usage } from '../../src/pipeline/result.ts';

/** Where a provider's server is and what opens it; parsed from the environment by `src/config.ts`. */
export interface ProviderSettings {
  readonly baseUrl?: string;
  readonly apiKey?: string;
}

export interface Message {
  readonly role: 'user' | 'assistant';
  readonly text: string;
}

/** One call of a model. Everything is given: a provider fills in nothing by itself. */
export interface CompletionRequest {
  readonly model: string;
  readonly system?: string;
  readonly messages: readonly Message[];
  /** JSON Schema (an object) of a structured answer; sent in the vendor's native mode. */
  readonly outputSchema?: JsonSchema;
  readonly temperature?: number;
  readonly maxOutputTokens: number;
}

/** `length`: cut at the output limit. `refusal`: the vendor or model declined. */
export type FinishReason = 'stop' | 'length' | 'refusal';

/** What a model answered. With `outputSchema`, `text` holds JSON that has not been validated yet. */
export interface Completion {
  readonly text: string;
  readonly finishReason: FinishReason;
  readonly usage: Usage;
  /** The model name that the vendor says it used. */
  readonly model: string;
  readonly requestId?: string;
}

/** What has arrived so far, for whoever watches. */
export type OnDelta = (text: string) => void;

/** A connected vendor. It never retries: only Temporal and the workflow do. */
export interface Provider {
  /** Throws `PipelineError` with a code of the models' part of the list; aborts the HTTP call when `signal` fires. */
  complete(request: CompletionRequest, signal: AbortSignal, onDelta: OnDelta): Promise<Completion>;
}

/** One line of the list in `providers.ts`. */
export interface ProviderDefinition {
  readonly name: string;
  /** Paid calls are never blindly repeated. */
  readonly isPaid: boolean;
  readonly hasClosedCatalog: boolean;
  /** The variable that holds the key; absent when none is needed. */
  readonly keyVariable?: string;
  connect(settings: ProviderSettings): Provider;
}
