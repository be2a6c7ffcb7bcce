import assert from 'node:assert/strict';
import type Anthropic from '@anthropic-ai/sdk';
import { readAnthropicAnswer } from '../../../activities/models/anthropic-answer.ts';
import { read } from './read-answer.ts';

const start = (usage: object) => ({ type: 'message_start', message: { model: 'claude-x', usage } });
const text = (piece: string) => ({
  type: 'content_block_delta',
  index: 0,
  delta: { type: 'text_delta', text: piece },
});
const thought = { type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: 'Hm' } };
const end = (stop_reason: string | null, usage: object) => ({ type: 'message_delta', delta: { stop_reason }, usage });
const stop = { type: 'message_stop' };
const readAll = (items: readonly unknown[]) => read<Anthropic.MessageStreamEvent, unknown>(readAnthropicAnswer, items);

describe('readAnthropicAnswer', () => {
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
