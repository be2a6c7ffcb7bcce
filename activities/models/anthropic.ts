import Anthropic from '@anthropic-ai/sdk';
import { transformJSONSchema } from '@anthropic-ai/sdk/lib/transform-json-schema';
import { readAnthropicAnswer } from './anthropic-answer.ts';
import { nativeSchema } from './native-schema.ts';
import { type CompletionRequest, isVendorItself, type ProviderDefinition } from './provider.ts';
import { CLIENT_OPTIONS, NO_KEY, vendorCalls } from './vendor-call.ts';

const vendor = { host: 'api.anthropic.com', keyVariable: 'ANTHROPIC_API_KEY' };

/** Anthropic, and every server that speaks its messages. */
export const anthropic: ProviderDefinition = {
  name: 'anthropic',
  isPaid: true,
  vendor,
  connect(settings) {
    const call = vendorCalls('anthropic', settings);
    const isVendor = isVendorItself(vendor, settings);
    const options = {
      ...CLIENT_OPTIONS,
      apiKey: settings.apiKey ?? NO_KEY,
      baseURL: settings.baseUrl ?? `https://${vendor.host}`,
      openTelemetry: false,
      webhookKey: null,
    } as const;
    return {
      hasListPrices: isVendor,
      complete: (request, signal, onDelta) =>
        call(request.model, signal, async (fetch) => {
          const { messages } = new Anthropic({ ...options, fetch });
          const { data, request_id } = await messages.create(messageRequest(request, isVendor)).withResponse();
          const answer = await readAnthropicAnswer(data, onDelta);
          return answer && { ...answer, requestId: request_id ?? undefined };
        }),
    };
  },
};

function messageRequest(request: CompletionRequest, isVendor: boolean): Anthropic.MessageCreateParamsStreaming {
  const { outputSchema } = request;
  const schema = outputSchema && nativeSchema(outputSchema, (each) => transformJSONSchema(each));
  // A compatible server may ignore the format, so it is told in words as well.
  const instruction =
    outputSchema !== undefined && (schema === undefined || !isVendor) ? [schemaInstruction(outputSchema)] : [];
  const system = [...(request.system === undefined ? [] : [request.system]), ...instruction].join('\n\n');
  return {
    model: request.model,
    messages: request.messages.map(({ role, text }) => ({ role, content: text })),
    stream: true,
    max_tokens: request.maxOutputTokens,
    ...(system === '' ? {} : { system }),
    ...(schema === undefined ? {} : { output_config: { format: { type: 'json_schema', schema } } }),
    // Newer models no longer take it, and say so; the client's types name only what these take.
    ...(request.temperature === undefined ? {} : { temperature: request.temperature }),
  };
}

function schemaInstruction(schema: object): string {
  return [
    'Answer with one JSON value and nothing else: no explanation and no code fence.',
    `The value must be valid against this JSON Schema: ${JSON.stringify(schema)}`,
  ].join('\n');
}
