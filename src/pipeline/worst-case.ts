import type { Amount } from './ledger.ts';
import type { TokenPrice } from './model-plan.ts';
import { worstCost } from './token-price.ts';

/** What a call sends to a model, as far as it counts. */
export interface Sent {
  readonly provider: string;
  /** Of all text and of the schemas, in UTF-8 bytes: a token is at least one byte. */
  readonly bytes: number;
  readonly messages: number;
  readonly images: number;
  readonly tools: number;
  /** A structured answer that fits its schema in nothing may be asked for a second time. */
  readonly isStructured: boolean;
  readonly maxOutputTokens: number;
}

/** Tokens that a vendor adds to what it is sent. */
interface Additions {
  /** The vendor's own beginning: a default system prompt, roles, the wrapping of a schema. */
  readonly call: number;
  readonly message: number;
  /** What tells the model that it has tools, and what stands around each of them. */
  readonly tools: number;
  readonly tool: number;
  /** The most that a picture counts, whatever its size: each vendor scales down what is larger. */
  readonly image: number;
}

const USUAL: Additions = { call: 200, message: 16, tools: 1000, tool: 128, image: 20_000 };

/** `docs/budgets.md` names them. */
export const ADDITIONS: Readonly<Record<string, Additions>> = {
  anthropic: { ...USUAL, image: 5000 },
  // The small models count a picture at thirty-three times the tokens of the large ones.
  openai: { ...USUAL, image: 50_000 },
  ollama: USUAL,
};

export function additionsOf(provider: string): Additions {
  return ADDITIONS[provider] ?? USUAL;
}

/** What a second request for a structured answer adds to the first: the errors, quoted, and a sentence around them. */
export const REPAIR_TOKENS = 2000;

/** The most that one attempt of a call may use, what is bought to repair its answer included. */
export function worstCase(sent: Sent, price: TokenPrice | undefined): Amount {
  const first = { inputTokens: inputTokensOf(sent), outputTokens: sent.maxOutputTokens };
  const repair = sent.isStructured
    ? { inputTokens: first.inputTokens + first.outputTokens + REPAIR_TOKENS, outputTokens: first.outputTokens }
    : { inputTokens: 0, outputTokens: 0 };
  const inputTokens = first.inputTokens + repair.inputTokens;
  const outputTokens = first.outputTokens + repair.outputTokens;
  const nanoUsd = price === undefined ? 0 : worstCost(price, { inputTokens, outputTokens });
  return { tokens: inputTokens + outputTokens, nanoUsd };
}

function inputTokensOf({ provider, bytes, messages, images, tools }: Sent): number {
  const added = additionsOf(provider);
  const forTools = tools === 0 ? 0 : added.tools + tools * added.tool;
  return bytes + added.call + messages * added.message + images * added.image + forTools;
}
