import type { Json, JsonObject } from '../../src/pipeline/json.ts';
import type { ProviderName } from '../../src/pipeline/provider-queue.ts';
import type { ModelCard } from '../../src/pipeline/card.ts';
import type { Usage } from '../../src/pipeline/result.ts';

/** Where a provider's server is and what opens it; parsed from the environment by `src/config.ts`. */
export interface ProviderSettings {
  readonly baseUrl?: string;
  readonly apiKey?: string;
  /** Which of its vendor's interfaces the server is spoken to in, where there are several; default: see the provider. */
  readonly api?: string;
  /** The longest silence of the server that is waited out, in milliseconds; default 10 minutes. */
  readonly silenceMs?: number;
}

/** A picture that a user's turn brings along. */
export interface Image {
  readonly mediaType: 'image/png' | 'image/jpeg' | 'image/webp' | 'image/gif';
  readonly base64: string;
}

/** A call that a model asks for; the vendor's `id` ties the answer to it. */
export interface ToolRequest {
  readonly id: string;
  readonly name: string;
  /** What the model gave, not validated yet. */
  readonly input: Json;
}

/**
 * A model's turn as its vendor wrote it, where text and requests do not say all of it: signed or encrypted thoughts,
 * which the vendor wants back in their order. Opaque to everybody else.
 */
export interface OriginalTurn {
  /** `provider/model` that gets it back; any other model gets text and requests. */
  readonly model: string;
  readonly parts: readonly JsonObject[];
}

export type Message =
  | { readonly role: 'user'; readonly text: string; readonly images?: readonly Image[] }
  | {
      readonly role: 'assistant';
      readonly text: string;
      readonly toolRequests?: readonly ToolRequest[];
      readonly original?: OriginalTurn;
    }
  /** What a tool gave, or why it failed. */
  | {
      readonly role: 'tool';
      readonly id: string;
      readonly name: string;
      readonly text: string;
      readonly isFailure: boolean;
    };

/** A tool as a model sees it. */
export interface OfferedTool {
  /** Letters, digits, `_` and `-`, at most 64 of them: vendors refuse anything else. */
  readonly name: string;
  readonly description: string;
  /** JSON Schema. */
  readonly input: JsonObject;
}

/** One call of a model. Everything is given: a provider fills in nothing by itself. */
export interface CompletionRequest {
  readonly model: string;
  readonly system?: string;
  readonly messages: readonly Message[];
  /** What the model may call instead of answering; only for models with `tools` among their abilities. */
  readonly tools?: readonly OfferedTool[];
  /** JSON Schema of a structured answer; sent in the vendor's native mode where there is one. */
  readonly outputSchema?: JsonObject;
  readonly temperature?: number;
  readonly maxOutputTokens: number;
}

/** `length`: cut at the output limit. `refusal`: the vendor or model declined. `tools`: it waits for what it asked for. */
export type FinishReason = 'stop' | 'length' | 'refusal' | 'tools';

/** What a model answered. With `outputSchema`, `text` holds JSON that has not been validated yet. */
export interface Completion {
  readonly text: string;
  readonly finishReason: FinishReason;
  /** Present, and not empty, when `finishReason` is `tools`. */
  readonly toolRequests?: readonly ToolRequest[];
  /** To be kept with the turn, when there is one. */
  readonly original?: OriginalTurn;
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
   * What a model can do natively, as far as the server or the vendor's documents say; what nobody says is absent.
   * The server is asked at most once a minute. Throws `PipelineError`.
   */
  abilitiesOf(model: string): Promise<Partial<Abilities>>;
  /**
   * Tells models apart that stood behind one name at different times; undefined when the server does not say. Absent
   * where a name means one model for ever. Throws `PipelineError`.
   */
  versionOf?(model: string): Promise<string | undefined>;
}

export interface Abilities {
  readonly tools: boolean;
  readonly images: boolean;
  readonly structuredOutput: boolean;
}

/** One line of the list in `providers.ts`. */
export interface ProviderDefinition {
  readonly name: ProviderName;
  /** Paid calls are never blindly repeated; the others cost nothing. */
  readonly isPaid: boolean;
  /** What a vendor with a published catalog adds; absent for servers that any model can be put on. */
  readonly vendor?: Vendor;
  /** Opens no connection yet. Throws `CONFIG_INVALID`. */
  connect(settings: ProviderSettings): Provider;
  /** What a server of one's own adds. */
  readonly ownServer?: OwnServer;
}

export interface OwnServer {
  /** What every model there can do, since the server sees to it. */
  readonly abilities: NonNullable<ModelCard['abilities']>;
  /**
   * The models that it has, by name; `tell` hears of those of which it says nothing in time. Throws, and nothing else,
   * `PROVIDER_UNAVAILABLE` when nobody is there, and `PROVIDER_TIMEOUT` when nobody answers.
   */
  discover(settings: ProviderSettings, tell: (sentence: string) => void): Promise<readonly ModelCard[]>;
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
