import type {
  EasyInputMessage,
  FunctionTool,
  ResponseCreateParamsStreaming,
  ResponseInputItem,
} from 'openai/resources/responses/responses';
import { LIST_PRICES, openAiSchema } from './openai-vendor.ts';
import type { CompletionRequest, Image, Message, OfferedTool } from './provider.ts';
import { toolAnswerText, toolInputObject } from './tool-input.ts';

/** A call as OpenAI's Responses take it, at OpenAI itself or at a compatible server. */
export function openAiResponsesRequest(request: CompletionRequest, isVendor: boolean): ResponseCreateParamsStreaming {
  const { system, outputSchema, tools = [], temperature } = request;
  const original = `openai/${request.model}`;
  return {
    model: request.model,
    input: request.messages.flatMap((message) => itemsOf(message, original)),
    stream: true,
    // The whole conversation goes along with each call, so the vendor need not keep it.
    store: false,
    max_output_tokens: request.maxOutputTokens,
    ...(isVendor ? LIST_PRICES : {}),
    ...(system === undefined ? {} : { instructions: system }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(tools.length === 0 ? {} : { tools: tools.map(toolOf) }),
    ...(outputSchema === undefined
      ? {}
      : { text: { format: { type: 'json_schema', name: 'output', ...openAiSchema(outputSchema) } } }),
  };
}

function itemsOf(message: Message, model: string): ResponseInputItem[] {
  switch (message.role) {
    case 'user':
      return [{ role: 'user', content: userContent(message.text, message.images ?? []) }];
    case 'assistant':
      return message.original?.model === model
        ? message.original.parts.map((part) => ({ ...part }) as unknown as ResponseInputItem)
        : assistantItems(message);
    case 'tool':
      return [{ type: 'function_call_output', call_id: message.id, output: toolAnswerText(message) }];
  }
}

function assistantItems({ text, toolRequests = [] }: Extract<Message, { role: 'assistant' }>): ResponseInputItem[] {
  const calls = toolRequests.map(({ id, name, input }) => ({
    type: 'function_call' as const,
    call_id: id,
    name,
    arguments: JSON.stringify(toolInputObject(input)),
  }));
  const hasText = text !== '' || calls.length === 0;
  return [...(hasText ? [{ role: 'assistant' as const, content: text }] : []), ...calls];
}

function userContent(text: string, images: readonly Image[]): EasyInputMessage['content'] {
  if (images.length === 0) return text;
  const parts = images.map(({ mediaType, base64 }) => ({
    type: 'input_image' as const,
    detail: 'auto' as const,
    image_url: `data:${mediaType};base64,${base64}`,
  }));
  return [...parts, { type: 'input_text', text }];
}

function toolOf({ name, description, input }: OfferedTool): FunctionTool {
  const { strict, schema } = openAiSchema(input);
  return { type: 'function', name, description, strict, parameters: schema };
}
