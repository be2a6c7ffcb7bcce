import { toStrictJsonSchema } from 'openai/lib/transform';
import type {
  ChatCompletionCreateParamsStreaming,
  ChatCompletionMessageParam,
} from 'openai/resources/chat/completions';
import type { ResponseFormatJSONSchema } from 'openai/resources/shared';
import type { JsonObject } from '../../src/pipeline/json.ts';
import { nativeSchema } from './native-schema.ts';
import type { CompletionRequest, Message } from './provider.ts';

/** A call as chat completions take it; OpenAI itself and compatible servers differ in one name. */
export function openAiRequest(request: CompletionRequest, isVendor: boolean): ChatCompletionCreateParamsStreaming {
  const system = request.system === undefined ? [] : [{ role: 'system' as const, content: request.system }];
  const limit = request.maxOutputTokens;
  return {
    model: request.model,
    messages: [...system, ...request.messages.map(messageOf)],
    stream: true,
    stream_options: { include_usage: true },
    // OpenAI's newer models refuse the older name; compatible servers silently ignore the newer one.
    ...(isVendor ? { max_completion_tokens: limit } : { max_tokens: limit }),
    ...(request.temperature === undefined ? {} : { temperature: request.temperature }),
    ...(request.outputSchema === undefined ? {} : { response_format: responseFormat(request.outputSchema) }),
  };
}

function messageOf(message: Message): ChatCompletionMessageParam {
  if (message.role === 'tool') return { role: 'tool', tool_call_id: message.id, content: message.text };
  return { role: message.role, content: message.text };
}

function responseFormat(schema: JsonObject): ResponseFormatJSONSchema {
  const strict = nativeSchema(schema, (each) => ({ ...toStrictJsonSchema(each) }));
  const format = strict === undefined ? { strict: false, schema: { ...schema } } : { strict: true, schema: strict };
  return { type: 'json_schema', json_schema: { name: 'output', ...format } };
}
