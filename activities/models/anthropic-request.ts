import type Anthropic from '@anthropic-ai/sdk';
import { transformJSONSchema } from '@anthropic-ai/sdk/lib/transform-json-schema';
import { nativeSchema } from './native-schema.ts';
import type { CompletionRequest, Message, OfferedTool } from './provider.ts';
import { withSchemaInWords } from './schema-words.ts';
import { toolInputObject } from './tool-input.ts';

/** A call as Anthropic's messages take it; what a compatible server may ignore is said in words as well. */
export function anthropicRequest(
  request: CompletionRequest,
  isVendor: boolean,
): Anthropic.MessageCreateParamsStreaming {
  const { outputSchema, tools = [], temperature } = request;
  const schema = outputSchema && nativeSchema(outputSchema, (each) => transformJSONSchema(each));
  const isEnforced = isVendor && schema !== undefined;
  const { system } = isEnforced ? request : withSchemaInWords(request);
  return {
    model: request.model,
    messages: withBreakpoint(turnsOf(request), tools.length > 0),
    stream: true,
    max_tokens: request.maxOutputTokens,
    ...(system ? { system: [{ type: 'text', text: system, ...CACHED }] } : {}),
    ...(tools.length === 0 ? {} : { tools: toolsOf(tools) }),
    ...(schema === undefined ? {} : { output_config: { format: { type: 'json_schema', schema } } }),
    // Newer models no longer take it, and say so; the client's types name only what these take.
    ...(temperature === undefined ? {} : { temperature }),
  };
}

/** The end of what the vendor is to keep: tools, system prompt and turns, in this order. Calls that begin alike read it again. */
const CACHED = { cache_control: { type: 'ephemeral' } } as const;

interface Turn {
  readonly role: 'user' | 'assistant';
  readonly content: Anthropic.ContentBlockParam[];
}

/** The answers of tools that were called side by side belong into one turn. */
function turnsOf({ messages, model }: CompletionRequest): Turn[] {
  const turns: Turn[] = [];
  for (const message of messages) {
    const role = message.role === 'assistant' ? 'assistant' : 'user';
    const blocks = blocksOf(message, `anthropic/${model}`);
    const last = turns.at(-1);
    if (last?.role === role) last.content.push(...blocks);
    else turns.push({ role, content: blocks });
  }
  return turns;
}

/** A conversation with tools goes on after its last turn; of any other the turns before the last are examples, and stay. */
function withBreakpoint(turns: readonly Turn[], goesOn: boolean): Turn[] {
  const at = goesOn ? turns.length - 1 : turns.length - 2;
  return turns.map((turn, index) => {
    const { role, content } = turn;
    if (index !== at) return turn;
    const marked = content.map((block, place) => (place === content.length - 1 ? { ...block, ...CACHED } : block));
    return { role, content: marked };
  });
}

function blocksOf(message: Message, model: string): Anthropic.ContentBlockParam[] {
  switch (message.role) {
    case 'user': {
      const { text, images = [] } = message;
      const pictures = images.map(({ mediaType, base64 }) => ({
        type: 'image' as const,
        source: { type: 'base64' as const, media_type: mediaType, data: base64 },
      }));
      return [...pictures, ...textBlocks(text, pictures.length > 0)];
    }
    case 'assistant':
      return message.original?.model === model
        ? message.original.parts.map((part) => ({ ...part }) as unknown as Anthropic.ContentBlockParam)
        : assistantBlocks(message);
    case 'tool': {
      const { id, text, isFailure } = message;
      return [{ type: 'tool_result', tool_use_id: id, content: text, is_error: isFailure }];
    }
  }
}

function assistantBlocks({
  text,
  toolRequests = [],
}: Extract<Message, { role: 'assistant' }>): Anthropic.ContentBlockParam[] {
  const calls = toolRequests.map(({ id, name, input }) => ({
    type: 'tool_use' as const,
    id,
    name,
    input: toolInputObject(input),
  }));
  return [...textBlocks(text, calls.length > 0), ...calls];
}

/** The vendor refuses text that is empty, so it is left out beside something else. */
function textBlocks(text: string, isBeside: boolean): Anthropic.TextBlockParam[] {
  return text === '' && isBeside ? [] : [{ type: 'text', text }];
}

function toolsOf(tools: readonly OfferedTool[]): Anthropic.Tool[] {
  return tools.map(({ name, description, input }, index) => ({
    name,
    description,
    input_schema: { ...input, type: 'object' },
    ...(index === tools.length - 1 ? CACHED : {}),
  }));
}
