import OpenAI from 'openai';
import { type CallSubject, invalidResponse } from './http-failure.ts';
import { type OpenAiAnswer, readOpenAiAnswer } from './openai-answer.ts';
import { openAiRequest } from './openai-request.ts';
import { type Completion, isVendorItself, type ProviderDefinition } from './provider.ts';
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
          const { data, request_id } = await chat.completions.create(openAiRequest(request, isVendor)).withResponse();
          const answer = await readOpenAiAnswer(data, onDelta);
          return answer && withUsage(answer, subject, request_id);
        }),
    };
  },
};

function withUsage(answer: OpenAiAnswer, subject: CallSubject, requestId: string | null): Completion {
  const { usage, ...rest } = answer;
  if (usage === undefined)
    throw invalidResponse(subject, 'it reports no token usage, so that nobody could say what it cost');
  return { ...rest, usage, requestId: requestId ?? undefined };
}
