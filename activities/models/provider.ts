import type { JsonObject } from '../../src/pipeline/json.ts';
import type { Usage } from '../../src/pipeline/result.ts';

/** Where a provider's server is and what opens it; parsed from the environment by `src/config.ts`. */
export interface ProviderSettings {
  readonly baseUrl?: string;
  readonly apiKey?: string;
  /** The longest silence of the server that is waited out, in milliseconds; default 10 minutes. */
  readonly silenceMs?: number;
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
  /** JSON Schema of a structured answer; sent in the vendor's native mode where there is one. */
  readonly outputSchema?: JsonObject;
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
  readonly requestId?: string | undefined;
}

/** What has arrived so far, for whoever watches. */
export type OnDelta = (text: string) => void;

/** A connected vendor. It never retries: only Temporal and the workflow do. */
export interface Provider {
  /** True when the vendor itself answers, so that its published prices apply; a compatible server sets its own. */
  readonly hasListPrices: boolean;
  /** Throws `PipelineError` with a code of the models' part of the list; aborts the HTTP call when `signal` fires. */
  complete(request: CompletionRequest, signal: AbortSignal, onDelta: OnDelta): Promise<Completion>;
  /**
   * Tells models apart that stood behind one name at different times; undefined when the server does not say. Absent
   * where a name means one model for ever. Throws `PipelineError`.
   */
  versionOf?(model: string): Promise<string | undefined>;
}

/** One line of the list in `providers.ts`. */
export interface ProviderDefinition {
  readonly name: string;
  /** Paid calls are never blindly repeated; the others cost nothing. */
  readonly isPaid: boolean;
  /** What a vendor with a published catalog adds; absent for servers that any model can be put on. */
  readonly vendor?: Vendor;
  /** Opens no connection yet. Throws `CONFIG_INVALID`. */
  connect(settings: ProviderSettings): Provider;
}

export interface Vendor {
  /** The vendor's own host. Another one in the settings is a compatible server: no known models, prices or key. */
  readonly host: string;
  /** The variable that holds the key. */
  readonly keyVariable: string;
}

/** Tells whether these settings lead to the vendor itself. */
export function isVendorItself(vendor: Vendor, settings: ProviderSettings): boolean {
  return settings.baseUrl === undefined || URL.parse(settings.baseUrl)?.host === vendor.host;
}
