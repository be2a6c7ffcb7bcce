import { randomUUID } from 'node:crypto';
import type { ChatResponse, ToolCall } from 'ollama';
import type { Completion, OnDelta, ToolRequest } from './provider.ts';

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
  const toolRequests: ToolRequest[] = [];
  for await (const line of linesOf(body)) {
    const part = JSON.parse(line) as AnswerPart | { error: string };
    if ('error' in part) throw failure(line);
    const { content, tool_calls = [] } = part.message;
    text += content;
    if (content !== '') onDelta(content);
    toolRequests.push(...tool_calls.map(requestOf));
    if (part.done) return completion({ text, toolRequests }, part);
  }
  return undefined;
}

/** The counts are left out where they are zero. */
type AnswerPart = Pick<ChatResponse, 'model' | 'message' | 'done' | 'done_reason'> &
  Partial<Pick<ChatResponse, 'prompt_eval_count' | 'eval_count'>>;

/** Servers of older versions do not tell calls apart. */
function requestOf({ id, function: { name, arguments: input } }: ToolCall & { id?: string }): ToolRequest {
  return { id: id || `call_${randomUUID()}`, name, input };
}

interface Turn {
  readonly text: string;
  readonly toolRequests: readonly ToolRequest[];
}

function completion({ text, toolRequests }: Turn, last: AnswerPart): Completion {
  const { model, done_reason, prompt_eval_count = 0, eval_count = 0 } = last;
  return {
    text,
    ...endOf(done_reason, toolRequests),
    usage: { inputTokens: prompt_eval_count, outputTokens: eval_count, cachedInputTokens: 0 },
    model,
  };
}

/** The server gives calls only when they are complete. */
function endOf(reason: string, toolRequests: Turn['toolRequests']): Pick<Completion, 'finishReason' | 'toolRequests'> {
  if (toolRequests.length > 0) return { finishReason: 'tools', toolRequests };
  return { finishReason: reason === 'length' ? 'length' : 'stop' };
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
