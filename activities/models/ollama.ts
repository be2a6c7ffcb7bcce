import { streamFailure } from './http-failure.ts';
import { ollamaAddress } from './ollama-address.ts';
import { readOllamaAnswer } from './ollama-answer.ts';
import { digestFinder } from './ollama-digest.ts';
import { discoverOllama } from './ollama-models.ts';
import { ollamaRequest } from './ollama-request.ts';
import { onceAMinute } from './once-a-minute.ts';
import type { Abilities, ProviderDefinition } from './provider.ts';
import { LOOK_UP_MS, vendorCalls } from './vendor-call.ts';
import { fieldOf } from './vendor-error.ts';

/** Models on a server of one's own, through Ollama's own API. */
export const ollama: ProviderDefinition = {
  name: 'ollama',
  isPaid: false,
  // Its grammar forces every model into a schema.
  ownServer: { abilities: { structured_output: true }, discover: discoverOllama },
  connect(settings) {
    const baseUrl = ollamaAddress(settings.baseUrl ?? '127.0.0.1');
    const call = vendorCalls('ollama', { ...settings, baseUrl });
    const authorization = settings.apiKey === undefined ? {} : { authorization: `Bearer ${settings.apiKey}` };
    const headers = { 'content-type': 'application/json', ...authorization };
    const lookUp = vendorCalls('ollama', { ...settings, baseUrl, silenceMs: LOOK_UP_MS });
    // Many calls share one answer, so the end of none of them ends it.
    const ask = (model: string, path: string, init: RequestInit): Promise<object> =>
      lookUp(model, new AbortController().signal, async (fetch) => {
        const response = await fetch(`${baseUrl}${path}`, { headers, ...init });
        return (await response.json()) as object;
      });
    return {
      hasListPrices: false,
      versionOf: digestFinder((model) => ask(model, '/api/tags', {})),
      abilitiesOf: onceAMinute(async (model) =>
        ollamaAbilities(await ask(model, '/api/show', { method: 'POST', body: JSON.stringify({ model }) })),
      ),
      complete: (request, signal, onDelta) =>
        call(request.model, signal, async (fetch, subject) => {
          const init = { method: 'POST', headers, body: JSON.stringify(ollamaRequest(request)) };
          const { body } = await fetch(`${baseUrl}/api/chat`, init);
          return readOllamaAnswer(body as AsyncIterable<Uint8Array>, onDelta, (error) => streamFailure(subject, error));
        }),
    };
  },
};

/** The grammar of a schema works with every model; servers of older versions say nothing of the rest. */
export function ollamaAbilities(shown: object): Partial<Abilities> {
  const capabilities = fieldOf(shown, 'capabilities');
  if (!Array.isArray(capabilities)) return { structuredOutput: true };
  const isAble = (name: string) => capabilities.includes(name);
  return { tools: isAble('tools'), images: isAble('vision'), structuredOutput: true };
}
