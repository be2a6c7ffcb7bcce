import type { Anthropic } from '@anthropic-ai/sdk';
import { readAnthropicAnswer } from './anthropic-answer.ts';
import { anthropicRequest } from './anthropic-request.ts';
import { onceAMinute } from './once-a-minute.ts';
import { type Abilities, isVendorItself, type ProviderDefinition } from './provider.ts';
import { CLIENT_OPTIONS, LOOK_UP_MS, NO_KEY, vendorCalls } from './vendor-call.ts';

const vendor = { host: 'api.anthropic.com', keyVariable: 'ANTHROPIC_API_KEY' };

/** Anthropic, and every server that speaks its messages. */
export const anthropic: ProviderDefinition = {
  name: 'anthropic',
  isPaid: true,
  vendor,
  connect(settings) {
    const call = vendorCalls('anthropic', settings);
    const lookUp = vendorCalls('anthropic', { ...settings, silenceMs: LOOK_UP_MS });
    const isVendor = isVendorItself(vendor, settings);
    const options = {
      ...CLIENT_OPTIONS,
      apiKey: settings.apiKey ?? NO_KEY,
      baseURL: settings.baseUrl ?? `https://${vendor.host}`,
      openTelemetry: false,
      webhookKey: null,
    } as const;
    const askVendor = onceAMinute((model) =>
      // Many calls share one answer, so the end of none of them ends it.
      lookUp(model, new AbortController().signal, async (fetch) => {
        const { Anthropic: Client } = await loadClient();
        const { models } = new Client({ ...options, fetch });
        return anthropicAbilities(await models.retrieve(model));
      }),
    );
    return {
      hasListPrices: isVendor,
      abilitiesOf: isVendor ? askVendor : () => Promise.resolve({}),
      complete: (request, signal, onDelta) =>
        call(request.model, signal, async (fetch) => {
          const { Anthropic: Client } = await loadClient();
          const { messages } = new Client({ ...options, fetch });
          const { data, request_id } = await messages.create(anthropicRequest(request, isVendor)).withResponse();
          const answer = await readAnthropicAnswer(data, request.model, onDelta);
          return answer && { ...answer, requestId: request_id ?? undefined };
        }),
    };
  },
};

/** Takes its time: whoever never calls the vendor does without it. */
const loadClient = () => import('@anthropic-ai/sdk');

/** Every model that the vendor's messages take can call tools; of the rest its list of models tells. */
export function anthropicAbilities({ capabilities }: Pick<Anthropic.ModelInfo, 'capabilities'>): Partial<Abilities> {
  if (!capabilities) return { tools: true };
  const { image_input, structured_outputs } = capabilities;
  return { tools: true, images: image_input.supported, structuredOutput: structured_outputs.supported };
}
