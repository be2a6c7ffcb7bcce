import type { ChatRequest, ChatResponse } from 'ollama';
import { streamFailure } from './http-failure.ts';
import { ollamaAddress } from './ollama-address.ts';
import { type Completion, type CompletionRequest, type OnDelta, type ProviderDefinition } from './provider.ts';
import { vendorCalls } from './vendor-call.ts';

/** Models on a server of one's own, through Ollama's own API. */
export const ollama: ProviderDefinition = {
  name: 'ollama',
  isPaid: false,
  connect(settings) {
    const baseUrl = ollamaAddress(settings.baseUrl ?? '127.0.0.1');
    const call = vendorCalls('ollama', { ...settings, baseUrl });
    const headers = {
      'content-type': 'application/json',
      ...(settings.apiKey === undefined ? {} : { authorization: `Bearer ${settings.apiKey}` }),
    };
    return {
      hasListPrices: false,
      complete: (request, signal, onDelta) =>
        call(request.model, signal, async (fetch, subject) => {
          const init = { method: 'POST', headers, body: JSON.stringify(chatRequest(request)) };
          const response = await fetch(`${baseUrl}/api/chat`, init);
          return readAnswer(response, onDelta, (body) => streamFailure(subject, body));
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

/**
 * The npm client of Ollama reads the stream too, but it skips lines that are not JSON and prints them;
 * here such a line is an error, since part of an answer is lost with it.
 */
async function readAnswer(
  response: Response,
  onDelta: OnDelta,
  failure: (body: string) => Error,
): Promise<Completion | undefined> {
  let text = '';
  for await (const line of lines(response)) {
    const part = JSON.parse(line) as AnswerPart | { error: string };
    if ('error' in part) throw failure(line);
    text += part.message.content;
    onDelta(part.message.content);
    if (part.done) return completion(text, part);
  }
  return undefined;
}

/** The counts are left out where they are zero. */
type AnswerPart = Pick<ChatResponse, 'model' | 'message' | 'done' | 'done_reason'> &
  Partial<Pick<ChatResponse, 'prompt_eval_count' | 'eval_count'>>;

function completion(
  text: string,
  { model, done_reason, prompt_eval_count = 0, eval_count = 0 }: AnswerPart,
): Completion {
  return {
    text,
    finishReason: done_reason === 'length' ? 'length' : 'stop',
    usage: { inputTokens: prompt_eval_count, outputTokens: eval_count, cachedInputTokens: 0 },
    model,
  };
}

/** Whole lines only: the rest of a stream that was cut is dropped. */
async function* lines(response: Response): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of response.body ?? []) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = parts.pop() ?? '';
    yield* parts;
  }
}
