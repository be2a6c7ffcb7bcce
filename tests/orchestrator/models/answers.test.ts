import assert from 'node:assert/strict';
import type Anthropic from '@anthropic-ai/sdk';
import type { ChatCompletionChunk } from 'openai/resources/chat/completions';
import { readAnthropicAnswer } from '../../../activities/models/anthropic-answer.ts';
import { readOllamaAnswer } from '../../../activities/models/ollama-answer.ts';
import { readOpenAiAnswer } from '../../../activities/models/openai-answer.ts';

async function* streamOf<T>(items: readonly unknown[]): AsyncGenerator<T> {
  for (const item of items) yield item as T;
}

/** Reads a stream, and gives the pieces that were passed on besides the answer. */
async function read<Item, Answer>(
  reader: (stream: AsyncIterable<Item>, onDelta: (text: string) => void) => Promise<Answer>,
  items: readonly unknown[],
): Promise<{ answer: Answer; deltas: string[] }> {
  const deltas: string[] = [];
  const answer = await reader(streamOf<Item>(items), (text) => deltas.push(text));
  return { answer, deltas };
}

describe('readOpenAiAnswer', () => {
  const chunk = (delta: object, finish_reason: string | null = null, more: object = {}) => ({
    model: 'gpt-x',
    choices: [{ index: 0, delta, finish_reason }],
    ...more,
  });
  const usage = { prompt_tokens: 10, completion_tokens: 4, total_tokens: 14 };
  const readAll = (items: readonly unknown[]) => read<ChatCompletionChunk, unknown>(readOpenAiAnswer, items);

  it('joins the pieces, and takes the usage from the chunk without a choice', async () => {
    const details = { ...usage, prompt_tokens_details: { cached_tokens: 8 } };
    const { answer, deltas } = await readAll([
      chunk({ role: 'assistant', content: '' }),
      chunk({ content: 'Hel' }, null, { usage: null }),
      chunk({ content: 'lo' }),
      chunk({}, 'stop'),
      { model: 'gpt-x', choices: [], usage: details },
    ]);
    assert.deepEqual(deltas, ['Hel', 'lo']);
    assert.deepEqual(answer, {
      text: 'Hello',
      finishReason: 'stop',
      model: 'gpt-x',
      usage: { inputTokens: 10, outputTokens: 4, cachedInputTokens: 8 },
    });
  });

  for (const { name, items, finishReason } of [
    { name: 'a cut', items: [chunk({ content: 'He' }, 'length')], finishReason: 'length' },
    { name: 'a filter', items: [chunk({ content: 'He' }, 'content_filter')], finishReason: 'refusal' },
    { name: 'a refusal', items: [chunk({ refusal: 'He' }), chunk({}, 'stop')], finishReason: 'refusal' },
    { name: 'a call of a tool', items: [chunk({ content: 'He' }, 'tool_calls')], finishReason: 'stop' },
  ]) {
    it(`tells ${name}`, async () => {
      const { answer } = await readAll(items);
      assert.deepEqual(answer, { text: 'He', finishReason, model: 'gpt-x' });
    });
  }

  it('counts no cached tokens where none are reported', async () => {
    const { answer } = await readAll([chunk({ content: 'Hi' }, 'stop', { usage })]);
    assert.deepEqual((answer as { usage: unknown }).usage, { inputTokens: 10, outputTokens: 4, cachedInputTokens: 0 });
  });

  it('gives nothing for a stream that broke off', async () => {
    const { answer, deltas } = await readAll([chunk({ content: 'Hel' })]);
    assert.equal(answer, undefined);
    assert.deepEqual(deltas, ['Hel']);
  });
});

describe('readAnthropicAnswer', () => {
  const start = (usage: object) => ({ type: 'message_start', message: { model: 'claude-x', usage } });
  const text = (piece: string) => ({
    type: 'content_block_delta',
    index: 0,
    delta: { type: 'text_delta', text: piece },
  });
  const thought = { type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: 'Hm' } };
  const end = (stop_reason: string | null, usage: object) => ({ type: 'message_delta', delta: { stop_reason }, usage });
  const stop = { type: 'message_stop' };
  const readAll = (items: readonly unknown[]) =>
    read<Anthropic.MessageStreamEvent, unknown>(readAnthropicAnswer, items);

  for (const { name, first, last, usage } of [
    {
      name: 'the last counts',
      first: { input_tokens: 2, output_tokens: 0 },
      last: { input_tokens: 5, output_tokens: 3, cache_read_input_tokens: 100, cache_creation_input_tokens: 10 },
      usage: { inputTokens: 115, outputTokens: 3, cachedInputTokens: 100 },
    },
    {
      name: 'the first counts where the last are missing',
      first: { input_tokens: 2, output_tokens: 0, cache_read_input_tokens: 50, cache_creation_input_tokens: 7 },
      last: { input_tokens: null, output_tokens: 3, cache_read_input_tokens: null, cache_creation_input_tokens: null },
      usage: { inputTokens: 59, outputTokens: 3, cachedInputTokens: 50 },
    },
    {
      name: 'no cached tokens where none are reported',
      first: { input_tokens: 2, output_tokens: 0 },
      last: { output_tokens: 3 },
      usage: { inputTokens: 2, outputTokens: 3, cachedInputTokens: 0 },
    },
  ]) {
    it(`joins the text, leaves out the thoughts, and takes ${name}`, async () => {
      const items = [start(first), thought, text('Hel'), text('lo'), end('end_turn', last), stop];
      const { answer, deltas } = await readAll(items);
      assert.deepEqual(deltas, ['Hel', 'lo']);
      assert.deepEqual(answer, { text: 'Hello', finishReason: 'stop', model: 'claude-x', usage });
    });
  }

  for (const { reason, finishReason } of [
    { reason: 'max_tokens', finishReason: 'length' },
    { reason: 'model_context_window_exceeded', finishReason: 'length' },
    { reason: 'refusal', finishReason: 'refusal' },
    { reason: 'stop_sequence', finishReason: 'stop' },
    { reason: null, finishReason: 'stop' },
  ]) {
    it(`takes ${reason} for ${finishReason}`, async () => {
      const { answer } = await readAll([start({ input_tokens: 1 }), end(reason, { output_tokens: 1 }), stop]);
      assert.equal((answer as { finishReason: string }).finishReason, finishReason);
    });
  }

  for (const { name, items } of [
    {
      name: 'without its last event',
      items: [start({ input_tokens: 1 }), text('He'), end('end_turn', { output_tokens: 1 })],
    },
    { name: 'without its beginning', items: [end('end_turn', { output_tokens: 1 }), stop] },
    { name: 'without its counts', items: [start({ input_tokens: 1 }), stop] },
  ]) {
    it(`gives nothing for a stream ${name}`, async () => assert.equal((await readAll(items)).answer, undefined));
  }
});

describe('readOllamaAnswer', () => {
  const line = (content: string, more: object = {}) =>
    `${JSON.stringify({ model: 'm', message: { role: 'assistant', content }, done: false, ...more })}\n`;
  const last = line('', { done: true, done_reason: 'stop', prompt_eval_count: 9, eval_count: 2 });

  /** Cuts text into pieces of so many bytes, wherever that is. */
  function pieces(text: string, size: number): Uint8Array[] {
    const bytes = Buffer.from(text);
    return Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
      bytes.subarray(at * size, (at + 1) * size),
    );
  }
  const failure = (body: string) => new Error(`reported ${body}`);
  const readAll = (text: string, size = 7) =>
    read<Uint8Array, unknown>((stream, onDelta) => readOllamaAnswer(stream, onDelta, failure), pieces(text, size));

  for (const size of [1, 7, 10_000]) {
    it(`joins lines that come in pieces of ${size} bytes`, async () => {
      const { answer, deltas } = await readAll(line('Grüß ') + line('dich 🙂') + last, size);
      assert.deepEqual(deltas, ['Grüß ', 'dich 🙂']);
      assert.deepEqual(answer, {
        text: 'Grüß dich 🙂',
        finishReason: 'stop',
        usage: { inputTokens: 9, outputTokens: 2, cachedInputTokens: 0 },
        model: 'm',
      });
    });
  }

  it('tells a cut, and takes counts that are left out for zero', async () => {
    const { answer } = await readAll(line('Hi', { done: true, done_reason: 'length' }));
    const usage = { inputTokens: 0, outputTokens: 0, cachedInputTokens: 0 };
    assert.deepEqual(answer, { text: 'Hi', finishReason: 'length', usage, model: 'm' });
  });

  it('throws what the server reports in the middle', async () => {
    await assert.rejects(readAll(`${line('Hi')}{"error":"out of memory"}\n`), /reported \{"error":"out of memory"\}/);
  });

  it('throws for a line that is not JSON', async () => {
    await assert.rejects(readAll(`${line('Hi')}oops\n${last}`), SyntaxError);
  });

  it('gives nothing for a stream that broke off in a line', async () => {
    assert.equal((await readAll(line('Hi') + last.slice(0, -5))).answer, undefined);
  });
});
