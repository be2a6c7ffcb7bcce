import assert from 'node:assert/strict';
import type { ChatCompletionChunk } from 'openai/resources/chat/completions';
import { type OpenAiAnswer, readOpenAiChatAnswer } from '../../../activities/models/openai-chat-answer.ts';
import { read } from './read-answer.ts';

const chunk = (delta: object, finish_reason: string | null = null, more: object = {}) => ({
  model: 'gpt-x',
  choices: [{ index: 0, delta, finish_reason }],
  ...more,
});
const usage = { prompt_tokens: 10, completion_tokens: 4, total_tokens: 14 };
const readAll = (items: readonly unknown[]) =>
  read<ChatCompletionChunk, OpenAiAnswer | undefined>(readOpenAiChatAnswer, items);
const calls = (...tool_calls: object[]) => chunk({ tool_calls });

describe('readOpenAiChatAnswer', () => {
  it('joins the pieces, and takes the usage from the chunk without a choice', async () => {
    const details = {
      ...usage,
      prompt_tokens_details: { cached_tokens: 8, cache_write_tokens: 1 },
      completion_tokens_details: { reasoning_tokens: 3 },
    };
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
      usage: { inputTokens: 10, outputTokens: 4, cachedInputTokens: 8, cacheWriteTokens: 1, reasoningTokens: 3 },
    });
  });

  for (const { name, items, finishReason } of [
    { name: 'a cut', items: [chunk({ content: 'He' }, 'length')], finishReason: 'length' },
    { name: 'a filter', items: [chunk({ content: 'He' }, 'content_filter')], finishReason: 'refusal' },
    { name: 'a refusal', items: [chunk({ refusal: 'He' }), chunk({}, 'stop')], finishReason: 'refusal' },
    { name: 'a stop by another name', items: [chunk({ content: 'He' }, 'tool_calls')], finishReason: 'stop' },
  ]) {
    it(`tells ${name}`, async () => {
      const { answer } = await readAll(items);
      assert.deepEqual(answer, { text: 'He', finishReason, model: 'gpt-x' });
    });
  }

  it('counts no cached tokens where none are reported', async () => {
    const { answer } = await readAll([chunk({ content: 'Hi' }, 'stop', { usage })]);
    assert.deepEqual(answer?.usage, { inputTokens: 10, outputTokens: 4, cachedInputTokens: 0 });
  });

  for (const { name, reason } of [
    { name: 'as it is meant', reason: 'tool_calls' },
    { name: 'although the server calls it a stop', reason: 'stop' },
  ]) {
    it(`gives the calls that the model asks for, ${name}`, async () => {
      const { answer, deltas } = await readAll([
        calls({ index: 0, id: 'call_1', type: 'function', function: { name: 'get_weather', arguments: '' } }),
        calls({ index: 0, function: { arguments: '{"city":"Pa' } }),
        calls({ index: 0, function: { arguments: 'ris"}' } }, { index: 1, id: 'call_2', function: { name: 'now' } }),
        chunk({}, reason, { usage }),
      ]);
      assert.deepEqual(deltas, []);
      assert.equal(answer?.finishReason, 'tools');
      assert.deepEqual(answer.toolRequests, [
        { id: 'call_1', name: 'get_weather', input: { city: 'Paris' } },
        { id: 'call_2', name: 'now', input: {} },
      ]);
    });
  }

  it('tells calls apart by their ids where the server counts none of them', async () => {
    const { answer } = await readAll([
      calls({ index: 0, id: 'a', function: { name: 'now', arguments: '{"x":1}' } }),
      calls({ index: 0, id: 'b', function: { name: 'now', arguments: '{"x":2}' } }),
      chunk({}, 'tool_calls'),
    ]);
    assert.deepEqual(
      answer?.toolRequests?.map(({ id, input }) => [id, input]),
      [
        ['a', { x: 1 }],
        ['b', { x: 2 }],
      ],
    );
  });

  it('makes an id where the server gives none', async () => {
    const { answer } = await readAll([
      calls({ index: 0, id: '', function: { name: 'now', arguments: '{' } }, { index: 1, function: { name: 'now' } }),
      calls({ index: 0 }),
      calls({ index: 0, function: { name: 'now', arguments: '}' } }),
      chunk({}, 'tool_calls'),
    ]);
    const requests = answer?.toolRequests ?? [];
    assert.deepEqual(
      requests.map(({ input }) => input),
      [{}, {}],
    );
    assert.equal(new Set(requests.map(({ id }) => id)).size, 2);
    for (const { id } of requests) assert.match(id, /^call_[\w-]{36}$/);
  });

  it('asks for nothing when the answer was cut', async () => {
    const { answer } = await readAll([
      calls({ index: 0, id: 'call_1', function: { name: 'now', arguments: '{"x' } }),
      chunk({}, 'length'),
    ]);
    assert.equal(answer?.finishReason, 'length');
    assert.equal(answer.toolRequests, undefined);
  });

  it('gives nothing for a stream that broke off', async () => {
    const { answer, deltas } = await readAll([chunk({ content: 'Hel' })]);
    assert.equal(answer, undefined);
    assert.deepEqual(deltas, ['Hel']);
  });
});
