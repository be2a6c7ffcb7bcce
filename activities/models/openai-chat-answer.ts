import { randomUUID } from 'node:crypto';
import type { ChatCompletionChunk } from 'openai/resources/chat/completions';
import type { CompletionUsage } from 'openai/resources/completions';
import type { Completion, FinishReason, OnDelta, ToolRequest } from './provider.ts';
import { readToolInput } from './tool-input.ts';

/** What a stream said; `usage` is missing when the server did not report it. */
export type OpenAiAnswer = Omit<Completion, 'usage' | 'requestId'> & Partial<Pick<Completion, 'usage'>>;

/** Reads a stream of chat completions to its end; undefined when it ended without saying why. */
export async function readOpenAiChatAnswer(
  chunks: AsyncIterable<ChatCompletionChunk>,
  onDelta: OnDelta,
): Promise<OpenAiAnswer | undefined> {
  let text = '';
  let isRefused = false;
  let last: Last | undefined;
  let usage: CompletionUsage | undefined;
  const calls: CallSoFar[] = [];
  for await (const chunk of chunks) {
    usage = chunk.usage ?? usage;
    // The chunk that carries the usage has no choice.
    for (const { delta, finish_reason } of chunk.choices.slice(0, 1)) {
      const piece = delta.content ?? delta.refusal ?? '';
      text += piece;
      isRefused ||= (delta.refusal ?? '') !== '';
      if (piece !== '') onDelta(piece);
      for (const call of delta.tool_calls ?? []) addCall(calls, call);
      if (finish_reason !== null) last = { model: chunk.model, finish_reason };
    }
  }
  if (last === undefined) return undefined;
  return {
    text,
    ...endOf(isRefused ? 'content_filter' : last.finish_reason, calls.map(requestOf)),
    model: last.model,
    ...(usage === undefined ? {} : { usage: usageOf(usage) }),
  };
}

interface Last {
  readonly model: string;
  readonly finish_reason: string;
}

/** A call of a tool, which comes in pieces. */
interface CallSoFar {
  readonly index: number;
  readonly id: string | undefined;
  readonly name: string;
  input: string;
}

/** Not every server counts the calls of a turn, and some do not name them. */
function addCall(calls: CallSoFar[], piece: ChatCompletionChunk.Choice.Delta.ToolCall): void {
  const { index, id, function: { name = '', arguments: input = '' } = {} } = piece;
  const known = calls.findLast((call) => (id ? call.id === id : call.index === index));
  if (known === undefined) calls.push({ index, id: id || undefined, name, input });
  else known.input += input;
}

function requestOf({ id, name, input }: CallSoFar): ToolRequest {
  return { id: id ?? `call_${randomUUID()}`, name, input: readToolInput(input) };
}

/** Some servers call it a stop when tools are asked for. What was cut is not asked for in full. */
function endOf(
  reason: string,
  toolRequests: readonly ToolRequest[],
): Pick<Completion, 'finishReason' | 'toolRequests'> {
  const finishReason = FINISH_REASONS[reason];
  if (finishReason !== undefined) return { finishReason };
  return toolRequests.length === 0 ? { finishReason: 'stop' } : { finishReason: 'tools', toolRequests };
}

const FINISH_REASONS: Readonly<Record<string, FinishReason>> = { length: 'length', content_filter: 'refusal' };

function usageOf(usage: CompletionUsage): Completion['usage'] {
  const { cached_tokens = 0, cache_write_tokens = 0 } = usage.prompt_tokens_details ?? {};
  const { reasoning_tokens = 0 } = usage.completion_tokens_details ?? {};
  return {
    inputTokens: usage.prompt_tokens,
    outputTokens: usage.completion_tokens,
    cachedInputTokens: cached_tokens,
    ...(cache_write_tokens === 0 ? {} : { cacheWriteTokens: cache_write_tokens }),
    ...(reasoning_tokens === 0 ? {} : { reasoningTokens: reasoning_tokens }),
  };
}
