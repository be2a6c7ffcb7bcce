import OpenAI from 'openai';
import { toStrictJsonSchema } from 'openai/lib/transform';
import type { ChatCompletionCreateParamsStreaming } from 'openai/resources/chat/completions';
import type { ResponseFormatJSONSchema } from 'openai/resources/shared';
import type { JsonObject } from '../../src/pipeline/json.ts';
import { type CallSubject, invalidResponse } from './http-failure.ts';
import { nativeSchema } from './native-schema.ts';
import { type OpenAiAnswer, readOpenAiAnswer } from './openai-answer.ts';
import { type Completion, type CompletionRequest, isVendorItself, type ProviderDefinition } from './provider.ts';
import { CLIENT_OPTIONS, NO_KEY, vendorCalls } from './vendor-call.ts';

const vendor = { host: 'api.openai.com', keyVariable: 'OPENAI_API_KEY' };

/** OpenAI, and every server that speaks its chat completions. */
export const openai: ProviderDefinition = {
  name: 'openai',
  isPaid: true,
  vendor,
  connect(settings) {
    const call = vendorCalls('openai', settings);
    const isVendor = isVendorItself(vendor, settings);
    const options = {
      ...CLIENT_OPTIONS,
      apiKey: settings.apiKey ?? NO_KEY,
      baseURL: settings.baseUrl ?? `https://${vendor.host}/v1`,
      // Null, so that the client does not look into the environment by itself.
      adminAPIKey: null,
      organization: null,
      project: null,
    };
    return {
      hasListPrices: isVendor,
      complete: (request, signal, onDelta) =>
        call(request.model, signal, async (fetch, subject) => {
          const { chat } = new OpenAI({ ...options, fetch });
          const { data, request_id } = await chat.completions.create(chatRequest(request, isVendor)).withResponse();
          const answer = await readOpenAiAnswer(data, onDelta);
          return answer && withUsage(answer, subject, request_id);
        }),
    };
  },
};

function chatRequest(request: CompletionRequest, isVendor: boolean): ChatCompletionCreateParamsStreaming {
  const system = request.system === undefined ? [] : [{ role: 'system' as const, content: request.system }];
  const limit = request.maxOutputTokens;
  return {
    model: request.model,
    messages: [...system, ...request.messages.map(({ role, text }) => ({ role, content: text }))],
    stream: true,
    stream_options: { include_usage: true },
    // OpenAI's newer models refuse the older name; compatible servers silently ignore the newer one.
    ...(isVendor ? { max_completion_tokens: limit } : { max_tokens: limit }),
    ...(request.temperature === undefined ? {} : { temperature: request.temperature }),
    ...(request.outputSchema === undefined ? {} : { response_format: responseFormat(request.outputSchema) }),
  };
}

function responseFormat(schema: JsonObject): ResponseFormatJSONSchema {
  const strict = nativeSchema(schema, (each) => ({ ...toStrictJsonSchema(each) }));
  const format = strict === undefined ? { strict: false, schema: { ...schema } } : { strict: true, schema: strict };
  return { type: 'json_schema', json_schema: { name: 'output', ...format } };
}

function withUsage(answer: OpenAiAnswer, subject: CallSubject, requestId: string | null): Completion {
  const { usage, ...rest } = answer;
  if (usage === undefined)
    throw invalidResponse(subject, 'it reports no token usage, so that nobody could say what it cost');
  return { ...rest, usage, requestId: requestId ?? undefined };
}
