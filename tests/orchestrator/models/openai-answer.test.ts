import assert from 'node:assert/strict';
import type { ChatCompletionChunk } from 'openai/resources/chat/completions';
import { readOpenAiAnswer } from '../../../activities/models/openai-answer.ts';
import { read } from './read-answer.ts';

const chunk = (delta: object, finish_reason: string | null = null, more: object = {}) => ({
  model: 'gpt-x',
  choices: [{ index: 0, delta, finish_reason }],
  ...more,
});
const usage = { prompt_tokens: 10, completion_tokens: 4, total_tokens: 14 };
const readAll = (items: readonly unknown[]) => read<ChatCompletionChunk, unknown>(readOpenAiAnswer, items);

describe('readOpenAiAnswer', () => {
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
