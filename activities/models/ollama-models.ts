import { PipelineError } from '../../src/errors.ts';
import type { ModelCard } from '../../src/pipeline/card.ts';
import { ollamaAddress } from './ollama-address.ts';
import type { ProviderSettings } from './provider.ts';
import { fieldOf } from './vendor-error.ts';

/** A server that lists what it has takes no longer, in milliseconds; one that is busy with answers takes its time. */
const ANSWER_MS = 10_000;

/**
 * The models of an Ollama server that answer with text, by name, with what the server says of them. `tell` hears of those
 * that it says nothing of in time: they are left out. Throws `PROVIDER_UNAVAILABLE` when nobody is there, and
 * `PROVIDER_TIMEOUT` when nobody answers.
 */
export async function discoverOllama(
  { baseUrl, apiKey, silenceMs = ANSWER_MS }: ProviderSettings,
  tell: (sentence: string) => void,
): Promise<readonly ModelCard[]> {
  const url = ollamaAddress(baseUrl ?? '127.0.0.1');
  const headers = { 'content-type': 'application/json', ...(apiKey && { authorization: `Bearer ${apiKey}` }) };
  const answerMs = Math.min(silenceMs, ANSWER_MS);
  const ask = async (path: string, init: RequestInit): Promise<unknown> => {
    const response = await fetch(`${url}${path}`, { ...init, headers, signal: AbortSignal.timeout(answerMs) });
    return response.ok ? response.json() : undefined;
  };
  const tags = await ask('/api/tags', {}).catch((error: unknown) => {
    throw silence(`list the models of Ollama at ${url}`, error, answerMs);
  });
  const names = listAt(tags, 'models').map((each) => String(fieldOf(each, 'name')));
  const cards = names.toSorted().map(async (model) => {
    try {
      return cardOf(model, await ask('/api/show', { method: 'POST', body: JSON.stringify({ model }) }));
    } catch (error) {
      tell(silence(`say what model "${model}" of Ollama at ${url} can do`, error, answerMs).message);
      return undefined;
    }
  });
  return (await Promise.all(cards)).flatMap((card) => card ?? []);
}

function silence(what: string, cause: unknown, answerMs: number): PipelineError {
  const isLate = cause instanceof Error && cause.name === 'TimeoutError';
  const is = isLate ? `it does not answer within ${answerMs / 1000} seconds` : 'it does not answer';
  return new PipelineError(isLate ? 'PROVIDER_TIMEOUT' : 'PROVIDER_UNAVAILABLE', `Cannot ${what}: ${is}`, { cause });
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
