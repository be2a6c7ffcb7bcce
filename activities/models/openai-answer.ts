import type { ChatCompletionChunk } from 'openai/resources/chat/completions';
import type { CompletionUsage } from 'openai/resources/completions';
import type { Completion, FinishReason, OnDelta } from './provider.ts';

/** What a stream of chat completions said; `usage` is missing when the server did not report it. */
export type OpenAiAnswer = Omit<Completion, 'usage' | 'requestId'> & Partial<Pick<Completion, 'usage'>>;

/** Reads a stream to its end; undefined when it ended without saying why. */
export async function readOpenAiAnswer(
  chunks: AsyncIterable<ChatCompletionChunk>,
  onDelta: OnDelta,
): Promise<OpenAiAnswer | undefined> {
  let text = '';
  let isRefused = false;
  let last: Last | undefined;
  let usage: CompletionUsage | undefined;
  for await (const chunk of chunks) {
    usage = chunk.usage ?? usage;
    // The chunk that carries the usage has no choice.
    for (const { delta, finish_reason } of chunk.choices.slice(0, 1)) {
      const piece = delta.content ?? delta.refusal ?? '';
      text += piece;
      isRefused ||= (delta.refusal ?? '') !== '';
      if (piece !== '') onDelta(piece);
      if (finish_reason !== null) last = { model: chunk.model, finish_reason };
    }
  }
  if (last === undefined) return undefined;
  return {
    text,
    finishReason: isRefused ? 'refusal' : (FINISH_REASONS[last.finish_reason] ?? 'stop'),
    model: last.model,
    ...(usage === undefined ? {} : { usage: usageOf(usage) }),
  };
}

interface Last {
  readonly model: string;
  readonly finish_reason: string;
}

const FINISH_REASONS: Readonly<Record<string, FinishReason>> = { length: 'length', content_filter: 'refusal' };

function usageOf(usage: CompletionUsage): Completion['usage'] {
  return {
    inputTokens: usage.prompt_tokens,
    outputTokens: usage.completion_tokens,
    cachedInputTokens: usage.prompt_tokens_details?.cached_tokens ?? 0,
  };
}
