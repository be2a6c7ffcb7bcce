import type { Completion, CompletionRequest } from '../../activities/models/provider.ts';
import { priceOf } from '../../src/catalog/prices.ts';

/** What all calls of vendors in one run of the suite may cost together, in nano-dollars: five cents. */
const LIMIT_NANO_USD = 50_000_000;
/** What vendors add to a prompt by themselves, and what a small picture takes, at most, in tokens. */
const ADDED_TOKENS = 1000;
const PICTURE_TOKENS = 2000;

export interface Purse {
  /** Makes a call of a vendor, or refuses it: before each one the worst that it can cost must be left. */
  pay(provider: string, request: CompletionRequest, call: () => Promise<Completion>): Promise<Completion>;
  readonly spentNanoUsd: () => number;
}

export function openPurse(limitNanoUsd = LIMIT_NANO_USD): Purse {
  let spent = 0;
  return {
    spentNanoUsd: () => spent,
    async pay(provider, request, call) {
      const worst = worstCase(provider, request);
      if (spent + worst > limitNanoUsd) {
        throw new Error(
          `Cannot call ${provider}/${request.model}: ${spent} of ${limitNanoUsd} nano-dollars are spent, and it may cost ${worst}`,
        );
      }
      // A call that fails may have been billed.
      spent += worst;
      const answer = await call();
      spent += (priceOf(provider, request.model, answer.usage) ?? worst) - worst;
      return answer;
    },
  };
}

/** A token is a byte at least; everything may be written to the vendor's cache, which costs more than reading it. */
function worstCase(provider: string, request: CompletionRequest): number {
  const pictures = request.messages.flatMap((message) =>
    message.role === 'user' ? (message.images ?? []) : [],
  ).length;
  const inputTokens = Buffer.byteLength(JSON.stringify(request)) + ADDED_TOKENS + pictures * PICTURE_TOKENS;
  const usage = { inputTokens, outputTokens: request.maxOutputTokens, cachedInputTokens: 0 };
  const prices = [0, inputTokens].map((cacheWriteTokens) =>
    priceOf(provider, request.model, { ...usage, cacheWriteTokens }),
  );
  const known = prices.filter((price) => price !== null);
  if (known.length === 0) throw new Error(`Cannot call ${provider}/${request.model}: nobody knows its price`);
  return Math.max(...known);
}
