import type {
  Response,
  ResponseFunctionToolCall,
  ResponseOutputItem,
  ResponseStreamEvent,
  ResponseUsage,
} from 'openai/resources/responses/responses';
import type { JsonObject } from '../../src/pipeline/json.ts';
import type { OpenAiAnswer } from './openai-chat-answer.ts';
import type { OnDelta, OriginalTurn } from './provider.ts';
import { readToolInput } from './tool-input.ts';

export interface Reading {
  /** The model that was asked, which alone gets its thoughts back. */
  readonly model: string;
  readonly onDelta: OnDelta;
  /** Makes an error of what the server reports in mid-answer. */
  readonly failure: (body: string) => Error;
}

/** Reads a stream of a response to its end; undefined when it ended before. */
export async function readOpenAiResponse(
  events: AsyncIterable<ResponseStreamEvent>,
  { model, onDelta, failure }: Reading,
): Promise<OpenAiAnswer | undefined> {
  let text = '';
  let isRefused = false;
  const items: ResponseOutputItem[] = [];
  for await (const event of events) {
    if (event.type === 'response.output_text.delta' || event.type === 'response.refusal.delta') {
      text += event.delta;
      isRefused ||= event.type === 'response.refusal.delta';
      onDelta(event.delta);
    }
    if (event.type === 'response.output_item.done') items.push(event.item);
    if (event.type === 'response.failed') throw failure(JSON.stringify({ error: event.response.error }));
    if (event.type === 'response.completed' || event.type === 'response.incomplete') {
      return { text, ...endOf(event.response, isRefused, { items, model }), ...factsOf(event.response) };
    }
  }
  return undefined;
}

interface Turn {
  readonly items: readonly ResponseOutputItem[];
  readonly model: string;
}

function endOf(
  { incomplete_details: incomplete }: Response,
  isRefused: boolean,
  turn: Turn,
): Pick<OpenAiAnswer, 'finishReason' | 'toolRequests' | 'original'> {
  if (isRefused || incomplete?.reason === 'content_filter') return { finishReason: 'refusal' };
  if (incomplete) return { finishReason: 'length' };
  const calls = turn.items.filter((item): item is ResponseFunctionToolCall => item.type === 'function_call');
  if (calls.length === 0) return { finishReason: 'stop' };
  const toolRequests = calls.map((call) => ({
    id: call.call_id,
    name: call.name,
    input: readToolInput(call.arguments),
  }));
  return { finishReason: 'tools', toolRequests, ...originalOf(turn) };
}

/** Thoughts go back in encrypted form only: the vendor keeps none of them. */
function originalOf({ items, model }: Turn): { original?: OriginalTurn } {
  const hasThoughts = items.some((item) => item.type === 'reasoning' && item.encrypted_content);
  if (!hasThoughts) return {};
  return { original: { model: `openai/${model}`, parts: items as unknown as readonly JsonObject[] } };
}

function factsOf({ model, usage }: Response): Pick<OpenAiAnswer, 'model' | 'usage'> {
  return { model, ...(usage ? { usage: usageOf(usage) } : {}) };
}

/** Compatible servers leave out the details that they do not count. */
function usageOf(usage: ResponseUsage): NonNullable<OpenAiAnswer['usage']> {
  const input: Partial<ResponseUsage.InputTokensDetails> | undefined = usage.input_tokens_details;
  const output: Partial<ResponseUsage.OutputTokensDetails> | undefined = usage.output_tokens_details;
  return {
    inputTokens: usage.input_tokens,
    outputTokens: usage.output_tokens,
    cachedInputTokens: input?.cached_tokens ?? 0,
    ...(input?.cache_write_tokens ? { cacheWriteTokens: input.cache_write_tokens } : {}),
    ...(output?.reasoning_tokens ? { reasoningTokens: output.reasoning_tokens } : {}),
  };
}
