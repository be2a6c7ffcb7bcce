import type { ChatRequest } from 'ollama';
import { streamFailure } from './http-failure.ts';
import { ollamaAddress } from './ollama-address.ts';
import { readOllamaAnswer } from './ollama-answer.ts';
import { digestFinder } from './ollama-digest.ts';
import type { CompletionRequest, ProviderDefinition } from './provider.ts';
import { vendorCalls } from './vendor-call.ts';

/** A server that lists its models takes no longer, in milliseconds. */
const LIST_MS = 5000;

/** Models on a server of one's own, through Ollama's own API. */
export const ollama: ProviderDefinition = {
  name: 'ollama',
  isPaid: false,
  connect(settings) {
    const baseUrl = ollamaAddress(settings.baseUrl ?? '127.0.0.1');
    const call = vendorCalls('ollama', { ...settings, baseUrl });
    const authorization = settings.apiKey === undefined ? {} : { authorization: `Bearer ${settings.apiKey}` };
    const headers = { 'content-type': 'application/json', ...authorization };
    const list = vendorCalls('ollama', { ...settings, baseUrl, silenceMs: LIST_MS });
    return {
      hasListPrices: false,
      // Many calls share one answer, so the end of none of them ends it.
      versionOf: digestFinder((model) =>
        list(model, new AbortController().signal, async (fetch) => {
          const response = await fetch(`${baseUrl}/api/tags`, { headers: authorization });
          return (await response.json()) as object;
        }),
      ),
      complete: (request, signal, onDelta) =>
        call(request.model, signal, async (fetch, subject) => {
          const init = { method: 'POST', headers, body: JSON.stringify(chatRequest(request)) };
          const { body } = await fetch(`${baseUrl}/api/chat`, init);
          return readOllamaAnswer(body as AsyncIterable<Uint8Array>, onDelta, (error) => streamFailure(subject, error));
        }),
    };
  },
};

function chatRequest(request: CompletionRequest): ChatRequest & { truncate: boolean; shift: boolean } {
  const system = request.system === undefined ? [] : [{ role: 'system', content: request.system }];
  return {
    model: request.model,
    messages: [...system, ...request.messages.map(({ role, text }) => ({ role, content: text }))],
    stream: true,
    // Without these the server silently leaves out what does not fit into the context.
    truncate: false,
    shift: false,
    ...(request.outputSchema === undefined ? {} : { format: request.outputSchema }),
    options: {
      num_predict: request.maxOutputTokens,
      ...(request.temperature === undefined ? {} : { temperature: request.temperature }),
    },
  };
}
