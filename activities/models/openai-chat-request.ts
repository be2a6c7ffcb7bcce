import type {
  ChatCompletionContentPart,
  ChatCompletionCreateParamsStreaming,
  ChatCompletionMessageParam,
  ChatCompletionTool,
} from 'openai/resources/chat/completions';
import { LIST_PRICES, openAiSchema } from './openai-vendor.ts';
import type { CompletionRequest, Image, Message, OfferedTool, ToolRequest } from './provider.ts';
import { toolAnswerText, toolInputObject } from './tool-input.ts';

/** A call as chat completions take it; compatible servers know less of it than OpenAI itself. */
export function openAiChatRequest(request: CompletionRequest, isVendor: boolean): ChatCompletionCreateParamsStreaming {
  const { system, outputSchema, tools = [], maxOutputTokens, temperature } = request;
  return {
    model: request.model,
    messages: [
      ...(system === undefined ? [] : [{ role: 'system' as const, content: system }]),
      ...request.messages.map(messageOf),
    ],
    stream: true,
    stream_options: { include_usage: true },
    // OpenAI's newer models refuse the older name; compatible servers silently ignore the newer one.
    ...(isVendor ? { max_completion_tokens: maxOutputTokens, ...LIST_PRICES } : { max_tokens: maxOutputTokens }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(tools.length === 0 ? {} : { tools: tools.map((tool) => toolOf(tool, isVendor)) }),
    ...(outputSchema === undefined
      ? {}
      : { response_format: { type: 'json_schema', json_schema: { name: 'output', ...openAiSchema(outputSchema) } } }),
  };
}

function messageOf(message: Message): ChatCompletionMessageParam {
  switch (message.role) {
    case 'user':
      return { role: 'user', content: userContent(message.text, message.images ?? []) };
    case 'assistant': {
      const { text, toolRequests = [] } = message;
      if (toolRequests.length === 0) return { role: 'assistant', content: text };
      return { role: 'assistant', content: text === '' ? null : text, tool_calls: toolRequests.map(callOf) };
    }
    case 'tool':
      return { role: 'tool', tool_call_id: message.id, content: toolAnswerText(message) };
  }
}

function userContent(text: string, images: readonly Image[]): string | ChatCompletionContentPart[] {
  if (images.length === 0) return text;
  const parts = images.map(({ mediaType, base64 }) => ({
    type: 'image_url' as const,
    image_url: { url: `data:${mediaType};base64,${base64}` },
  }));
  return [...parts, { type: 'text', text }];
}

function callOf({ id, name, input }: ToolRequest) {
  return { id, type: 'function' as const, function: { name, arguments: JSON.stringify(toolInputObject(input)) } };
}

function toolOf({ name, description, input }: OfferedTool, isVendor: boolean): ChatCompletionTool {
  const { strict, schema } = openAiSchema(input);
  const parameters = isVendor ? { strict, parameters: schema } : { parameters: { ...input } };
  return { type: 'function', function: { name, description, ...parameters } };
}
