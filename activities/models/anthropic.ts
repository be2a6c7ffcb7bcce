import Anthropic from '@anthropic-ai/sdk';
import { readAnthropicAnswer } from './anthropic-answer.ts';
import { anthropicRequest } from './anthropic-request.ts';
import { isVendorItself, type ProviderDefinition } from './provider.ts';
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
          const { data, request_id } = await messages.create(anthropicRequest(request, isVendor)).withResponse();
          const answer = await readAnthropicAnswer(data, onDelta);
          return answer && { ...answer, requestId: request_id ?? undefined };
        }),
    };
  },
};
