import { Buffer } from 'node:buffer';
import { PipelineError } from '../../src/errors.ts';
import type { ModelCandidate } from '../../src/pipeline/model-plan.ts';
import type { Purchase, Usage } from '../../src/pipeline/result.ts';
import { worstCost } from '../../src/pipeline/token-price.ts';
import type { Amount } from '../../src/pipeline/ledger.ts';
import { additionsOf, worstCase } from '../../src/pipeline/worst-case.ts';
import type { ModelCall } from '../calls.ts';
import type { CompletionRequest, Message } from './provider.ts';
import { totalOf } from './purchase.ts';

/** Tokens that a request may take at the most: what goes in, and what comes out. */
export interface Most {
  readonly input: number;
  readonly output: number;
}

/** The most that a request can be: a token of a text is at least one byte of it. What vendors add is set aside on top. */
export function mostOf(provider: string, request: CompletionRequest): Most {
  const { system = '', messages, tools = [], outputSchema, maxOutputTokens } = request;
  const { image } = additionsOf(provider);
  const parts = [
    Buffer.byteLength(system),
    outputSchema === undefined ? 0 : bytesOf([outputSchema]),
    bytesOf(tools),
    ...messages.map((message) => mostOfMessage(message, image)),
  ];
  return { input: parts.reduce((sum, each) => sum + each, 0), output: maxOutputTokens };
}

function mostOfMessage(message: Message, image: number): number {
  const text = Buffer.byteLength(message.text);
  switch (message.role) {
    case 'user':
      return text + (message.images?.length ?? 0) * image;
    case 'assistant':
      return text + bytesOf(message.toolRequests ?? []) + bytesOf(message.original?.parts ?? []);
    case 'tool':
      return text;
  }
}

function bytesOf(parts: readonly object[]): number {
  return parts.reduce((sum, part) => sum + Buffer.byteLength(JSON.stringify(part)), 0);
}

/** The most that a request by itself may use, with what its vendor adds. */
export function worstOf(request: CompletionRequest, { provider, price }: ModelCandidate): Amount {
  const { input, output } = mostOf(provider, request);
  const { messages, tools = [] } = request;
  const sent = { provider, bytes: input, messages: messages.length + 1, images: 0, tools: tools.length };
  return worstCase({ ...sent, isStructured: false, maxOutputTokens: output }, price);
}

/** The most that a request which follows on another one can be, of which is known what it used. */
export function mostOfRepair(used: Usage, complaint: string, { maxOutputTokens }: CompletionRequest): Most {
  return { input: used.inputTokens + used.outputTokens + Buffer.byteLength(complaint), output: maxOutputTokens };
}

/** What is left of what was set aside; nothing limits a call without it. */
export type Left = ModelCall['bound'];

/** What purchases have left of it. */
export function leftOf(bound: Left, purchases: readonly Purchase[]): Left {
  const { usage, costNanoUsd } = totalOf(purchases);
  if (bound === undefined || usage === undefined) return bound;
  const { tokens, nanoUsd } = bound;
  return { tokens: tokens - usage.inputTokens - usage.outputTokens, nanoUsd: nanoUsd - (costNanoUsd ?? 0) };
}

export function isWithin(left: Left, most: Most, candidate: ModelCandidate): boolean {
  if (left === undefined) return true;
  return most.input + most.output <= left.tokens && priceOfMost(most, candidate) <= left.nanoUsd;
}

function priceOfMost({ input, output }: Most, { price }: ModelCandidate): number {
  return price === undefined ? 0 : worstCost(price, { inputTokens: input, outputTokens: output });
}

/** Refuses a request that could use more than was set aside for it. Throws `BUDGET_EXCEEDED`. */
export function checkBound(
  model: string,
  most: Most,
  { bound, candidate }: Pick<ModelCall, 'bound' | 'candidate'>,
): void {
  if (bound === undefined || isWithin(bound, most, candidate)) return;
  const tokens = `up to ${most.input} tokens in and ${most.output} out, ${bound.tokens} tokens`;
  const what =
    most.input + most.output > bound.tokens
      ? tokens
      : `up to ${dollars(priceOfMost(most, candidate))}, ${dollars(bound.nanoUsd)}`;
  throw new PipelineError(
    'BUDGET_EXCEEDED',
    `Cannot call model "${model}": what would be sent may use ${what} are set aside for it`,
  );
}

function dollars(nanoUsd: number): string {
  return `$${nanoUsd / 1e9}`;
}
