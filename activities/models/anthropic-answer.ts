import type Anthropic from '@anthropic-ai/sdk';
import type { JsonObject } from '../../src/pipeline/json.ts';
import type { Completion, FinishReason, OnDelta, OriginalTurn, ToolRequest } from './provider.ts';
import { readToolInput } from './tool-input.ts';

/** Reads a stream of messages to its end; undefined when its last event is missing. Only `model` gets its thoughts back. */
export async function readAnthropicAnswer(
  events: AsyncIterable<Anthropic.MessageStreamEvent>,
  model: string,
  onDelta: OnDelta,
): Promise<Omit<Completion, 'requestId'> | undefined> {
  let start: Anthropic.Message | undefined;
  let end: Anthropic.MessageDeltaEvent | undefined;
  const blocks: BlockSoFar[] = [];
  for await (const event of events) {
    switch (event.type) {
      case 'message_start':
        start = event.message;
        break;
      case 'content_block_start':
        blocks.push({ index: event.index, start: event.content_block, text: '', signature: '' });
        break;
      case 'content_block_delta':
        addDelta(blocks, event);
        if (event.delta.type === 'text_delta') onDelta(event.delta.text);
        break;
      case 'message_delta':
        end = event;
        break;
      case 'message_stop':
        return start && end && answerOf(start, end, { model, blocks });
      case 'content_block_stop':
    }
  }
  return undefined;
}

/** A part of the answer: text, thoughts, or a call of a tool, whose input is text until it is complete. */
interface BlockSoFar {
  readonly index: number;
  readonly start: Anthropic.ContentBlock;
  text: string;
  signature: string;
}

function addDelta(blocks: readonly BlockSoFar[], { index, delta }: Anthropic.ContentBlockDeltaEvent): void {
  const block = blocks.find((each) => each.index === index);
  if (block === undefined) return;
  if (delta.type === 'text_delta') block.text += delta.text;
  if (delta.type === 'input_json_delta') block.text += delta.partial_json;
  if (delta.type === 'thinking_delta') block.text += delta.thinking;
  if (delta.type === 'signature_delta') block.signature += delta.signature;
}

interface Turn {
  readonly model: string;
  readonly blocks: readonly BlockSoFar[];
}

function answerOf(start: Anthropic.Message, end: Anthropic.MessageDeltaEvent, turn: Turn): Completion {
  const text = turn.blocks.filter((block) => block.start.type === 'text').map((block) => block.text);
  return {
    text: text.join(''),
    ...endOf(FINISH_REASONS[String(end.delta.stop_reason)], turn),
    usage: usageOf(start.usage, end.usage),
    model: start.model,
  };
}

const FINISH_REASONS: Readonly<Record<string, FinishReason>> = {
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  refusal: 'refusal',
};

/** What was cut is not asked for in full. */
function endOf(
  reason: FinishReason | undefined,
  turn: Turn,
): Pick<Completion, 'finishReason' | 'toolRequests' | 'original'> {
  if (reason !== undefined) return { finishReason: reason };
  const toolRequests = turn.blocks.flatMap(requestsIn);
  if (toolRequests.length === 0) return { finishReason: 'stop' };
  return { finishReason: 'tools', toolRequests, ...originalOf(turn) };
}

function requestsIn({ start, text }: BlockSoFar): ToolRequest[] {
  return start.type === 'tool_use' ? [{ id: start.id, name: start.name, input: readToolInput(text) }] : [];
}

/** Thoughts are signed: they go back as they came and where they stood, or the vendor refuses the turn. */
function originalOf({ model, blocks }: Turn): { original?: OriginalTurn } {
  const hasThoughts = blocks.some(({ start: { type } }) => type === 'thinking' || type === 'redacted_thinking');
  return hasThoughts ? { original: { model: `anthropic/${model}`, parts: blocks.flatMap(partsOf) } } : {};
}

function partsOf({ start, text, signature }: BlockSoFar): JsonObject[] {
  switch (start.type) {
    case 'thinking':
      return [{ type: 'thinking', thinking: text, signature }];
    case 'redacted_thinking':
      return [{ type: 'redacted_thinking', data: start.data }];
    case 'tool_use':
      return [{ type: 'tool_use', id: start.id, name: start.name, input: readToolInput(text) }];
    default:
      // The vendor refuses text that is empty.
      return text === '' ? [] : [{ type: 'text', text }];
  }
}

/** The last counts are cumulative; what they leave out stands in the first ones. Cached tokens are counted apart. */
function usageOf(start: Anthropic.Usage, end: Anthropic.MessageDeltaUsage): Completion['usage'] {
  const cached = end.cache_read_input_tokens ?? start.cache_read_input_tokens ?? 0;
  const written = end.cache_creation_input_tokens ?? start.cache_creation_input_tokens ?? 0;
  const thought = end.output_tokens_details?.thinking_tokens ?? 0;
  return {
    inputTokens: (end.input_tokens ?? start.input_tokens) + cached + written,
    outputTokens: end.output_tokens,
    cachedInputTokens: cached,
    ...(written === 0 ? {} : { cacheWriteTokens: written }),
    ...(thought === 0 ? {} : { reasoningTokens: thought }),
  };
}
