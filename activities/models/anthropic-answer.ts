import type Anthropic from '@anthropic-ai/sdk';
import type { Completion, FinishReason, OnDelta } from './provider.ts';

/** Reads a stream of messages to its end; undefined when its last event is missing. */
export async function readAnthropicAnswer(
  events: AsyncIterable<Anthropic.MessageStreamEvent>,
  onDelta: OnDelta,
): Promise<Omit<Completion, 'requestId'> | undefined> {
  let text = '';
  let start: Anthropic.Message | undefined;
  let end: Anthropic.MessageDeltaEvent | undefined;
  for await (const event of events) {
    if (event.type === 'message_start') start = event.message;
    if (event.type === 'message_delta') end = event;
    if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') {
      text += event.delta.text;
      onDelta(event.delta.text);
    }
    if (event.type === 'message_stop' && start !== undefined && end !== undefined) {
      const finishReason = FINISH_REASONS[String(end.delta.stop_reason)] ?? 'stop';
      return { text, finishReason, usage: usageOf(start.usage, end.usage), model: start.model };
    }
  }
  return undefined;
}

const FINISH_REASONS: Readonly<Record<string, FinishReason>> = {
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  refusal: 'refusal',
};

/** The last counts are cumulative; what they leave out stands in the first ones. Cached tokens are counted apart. */
function usageOf(start: Anthropic.Usage, end: Anthropic.MessageDeltaUsage): Completion['usage'] {
  const cached = end.cache_read_input_tokens ?? start.cache_read_input_tokens ?? 0;
  const written = end.cache_creation_input_tokens ?? start.cache_creation_input_tokens ?? 0;
  return {
    inputTokens: (end.input_tokens ?? start.input_tokens) + cached + written,
    outputTokens: end.output_tokens,
    cachedInputTokens: cached,
  };
}
