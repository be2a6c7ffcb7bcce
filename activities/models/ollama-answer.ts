import type { ChatResponse } from 'ollama';
import type { Completion, OnDelta } from './provider.ts';

/**
 * Reads a stream of JSON lines to its end; undefined when its last line is missing. `failure` makes an error
 * of what the server reports in the middle. The npm client of Ollama reads such streams too, but it skips
 * lines that are not JSON and prints them; here such a line is an error, since part of the answer is lost with it.
 */
export async function readOllamaAnswer(
  body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  onDelta: OnDelta,
  failure: (body: string) => Error,
): Promise<Completion | undefined> {
  let text = '';
  for await (const line of linesOf(body)) {
    const part = JSON.parse(line) as AnswerPart | { error: string };
    if ('error' in part) throw failure(line);
    const { content } = part.message;
    text += content;
    if (content !== '') onDelta(content);
    if (part.done) return completion(text, part);
  }
  return undefined;
}

/** The counts are left out where they are zero. */
type AnswerPart = Pick<ChatResponse, 'model' | 'message' | 'done' | 'done_reason'> &
  Partial<Pick<ChatResponse, 'prompt_eval_count' | 'eval_count'>>;

function completion(text: string, last: AnswerPart): Completion {
  const { model, done_reason, prompt_eval_count = 0, eval_count = 0 } = last;
  return {
    text,
    finishReason: done_reason === 'length' ? 'length' : 'stop',
    usage: { inputTokens: prompt_eval_count, outputTokens: eval_count, cachedInputTokens: 0 },
    model,
  };
}

/** Whole lines only: the rest of a stream that was cut is dropped. */
async function* linesOf(body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = parts.pop() as string;
    yield* parts;
  }
}
