import { PipelineError } from '../../src/errors.ts';
import type { ModelCard } from '../../src/pipeline/card.ts';
import { ollamaAddress } from './ollama-address.ts';
import type { ProviderSettings } from './provider.ts';
import { fieldOf } from './vendor-error.ts';

/** A server that lists what it has takes no longer, in milliseconds; one that is busy with answers takes its time. */
const ANSWER_MS = 10_000;

/**
 * The models of an Ollama server that answer with text, by name, with what the server says of them. Throws
 * `PROVIDER_UNAVAILABLE` when it does not answer.
 */
export async function discoverOllama({ baseUrl, apiKey }: ProviderSettings): Promise<readonly ModelCard[]> {
  const url = ollamaAddress(baseUrl ?? '127.0.0.1');
  const headers = { 'content-type': 'application/json', ...(apiKey && { authorization: `Bearer ${apiKey}` }) };
  const ask = async (path: string, init: RequestInit): Promise<unknown> => {
    const response = await fetch(`${url}${path}`, { ...init, headers, signal: AbortSignal.timeout(ANSWER_MS) });
    return response.ok ? response.json() : undefined;
  };
  const show = (model: string): Promise<unknown> =>
    ask('/api/show', { method: 'POST', body: JSON.stringify({ model }) });
  try {
    const names = listAt(await ask('/api/tags', {}), 'models').map((each) => String(fieldOf(each, 'name')));
    const cards = names.toSorted().map(async (name) => cardOf(name, await show(name)));
    return (await Promise.all(cards)).flatMap((card) => card ?? []);
  } catch (cause) {
    throw new PipelineError('PROVIDER_UNAVAILABLE', `Cannot list the models of Ollama at ${url}: it does not answer`, {
      cause,
    });
  }
}

/** The card of a model that a server describes; undefined when it embeds, or when the server no longer has it. */
function cardOf(model: string, shown: unknown): ModelCard | undefined {
  const abilities = listAt(shown, 'capabilities');
  if (!abilities.includes('completion')) return undefined;
  const contextTokens = contextOf(fieldOf(shown, 'model_info'));
  return {
    provider: 'ollama',
    model,
    ...(contextTokens === undefined ? {} : { contextTokens }),
    abilities: { structured_output: true, tools: abilities.includes('tools'), images: abilities.includes('vision') },
    isLocal: true,
  };
}

/** `llama.context_length`: the name of the field begins with the model's architecture. */
function contextOf(info: unknown): number | undefined {
  const length = fieldOf(info, `${String(fieldOf(info, 'general.architecture'))}.context_length`);
  return typeof length === 'number' ? length : undefined;
}

function listAt(answer: unknown, name: string): readonly unknown[] {
  const list = fieldOf(answer, name);
  return Array.isArray(list) ? list : [];
}
