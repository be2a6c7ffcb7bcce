import assert from 'node:assert/strict';
import type Anthropic from '@anthropic-ai/sdk';
import { readAnthropicAnswer } from '../../../activities/models/anthropic-answer.ts';
import type { Completion } from '../../../activities/models/provider.ts';
import { read } from './read-answer.ts';

const start = (usage: object) => ({ type: 'message_start', message: { model: 'claude-x-1', usage } });
const block =
  (content_block: object, ...deltas: object[]) =>
  (index: number) => [
    { type: 'content_block_start', index, content_block },
    ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
    { type: 'content_block_stop', index },
  ];
const text = (...pieces: string[]) =>
  block({ type: 'text', text: '' }, ...pieces.map((piece) => ({ type: 'text_delta', text: piece })));
const call = (id: string, ...pieces: string[]) =>
  block(
    { type: 'tool_use', id, name: 'get_weather', input: {} },
    ...pieces.map((partial_json) => ({ type: 'input_json_delta', partial_json })),
  );
const thought = block(
  { type: 'thinking', thinking: '', signature: '' },
  { type: 'thinking_delta', thinking: 'Hm, ' },
  { type: 'thinking_delta', thinking: 'well' },
  { type: 'signature_delta', signature: 'EqQBCgIYAhIM' },
);
const hidden = block({ type: 'redacted_thinking', data: 'EmwKAhgBEgy3' });
const end = (stop_reason: string | null, usage: object) => ({ type: 'message_delta', delta: { stop_reason }, usage });
const stop = { type: 'message_stop' };

/** A whole answer: its parts, numbered, between its first and its last events. */
function stream(parts: readonly ((index: number) => object[])[], reason: string): object[] {
  const blocks = parts.flatMap((part, index) => part(index));
  return [start({ input_tokens: 2, output_tokens: 0 }), ...blocks, end(reason, { output_tokens: 3 }), stop];
}

const readAll = (items: readonly unknown[]) =>
  read<Anthropic.MessageStreamEvent, Completion | undefined>(
    (events, onDelta) => readAnthropicAnswer(events, 'claude-x', onDelta),
    items,
  );

describe('readAnthropicAnswer', () => {
  for (const { name, first, last, usage } of [
    {
      name: 'the last counts',
      first: { input_tokens: 2, output_tokens: 0 },
      last: {
        input_tokens: 5,
        output_tokens: 30,
        cache_read_input_tokens: 100,
        cache_creation_input_tokens: 10,
        output_tokens_details: { thinking_tokens: 20 },
      },
      usage: { inputTokens: 115, outputTokens: 30, cachedInputTokens: 100, cacheWriteTokens: 10, reasoningTokens: 20 },
    },
    {
      name: 'the first counts where the last are missing',
      first: { input_tokens: 2, output_tokens: 0, cache_read_input_tokens: 50, cache_creation_input_tokens: 7 },
      last: { input_tokens: null, output_tokens: 3, cache_read_input_tokens: null, cache_creation_input_tokens: null },
      usage: { inputTokens: 59, outputTokens: 3, cachedInputTokens: 50, cacheWriteTokens: 7 },
    },
    {
      name: 'no cached tokens where none are reported',
      first: { input_tokens: 2, output_tokens: 0 },
      last: { output_tokens: 3 },
      usage: { inputTokens: 2, outputTokens: 3, cachedInputTokens: 0 },
    },
  ]) {
    it(`joins the text, leaves out the thoughts, and takes ${name}`, async () => {
      const items = [start(first), ...thought(0), ...text('Hel', 'lo')(1), end('end_turn', last), stop];
      const { answer, deltas } = await readAll(items);
      assert.deepEqual(deltas, ['Hel', 'lo']);
      assert.deepEqual(answer, { text: 'Hello', finishReason: 'stop', model: 'claude-x-1', usage });
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
      assert.equal(answer?.finishReason, finishReason);
    });
  }

  it('gives the calls that the model asks for, whose input comes in pieces', async () => {
    const parts = [
      text('I will look.'),
      call('toolu_1', '{"city": "Pa', 'ris"}'),
      call('toolu_2'),
      call('toolu_3', '{"ci'),
    ];
    const { answer, deltas } = await readAll(stream(parts, 'tool_use'));
    assert.deepEqual(deltas, ['I will look.']);
    assert.equal(answer?.finishReason, 'tools');
    assert.equal(answer.original, undefined);
    assert.deepEqual(answer.toolRequests, [
      { id: 'toolu_1', name: 'get_weather', input: { city: 'Paris' } },
      { id: 'toolu_2', name: 'get_weather', input: {} },
      { id: 'toolu_3', name: 'get_weather', input: '{"ci' },
    ]);
  });

  it('asks for nothing when the answer was cut', async () => {
    const { answer } = await readAll(stream([call('toolu_1', '{"city": "Pa')], 'max_tokens'));
    assert.equal(answer?.finishReason, 'length');
    assert.equal(answer.toolRequests, undefined);
  });

  it('keeps signed thoughts beside calls, each in its place', async () => {
    const parts = [thought, text(''), hidden, text('So.'), call('toolu_1', '{"city":"Rome"}')];
    const { answer } = await readAll(stream(parts, 'tool_use'));
    assert.deepEqual(answer?.original, {
      model: 'anthropic/claude-x',
      parts: [
        { type: 'thinking', thinking: 'Hm, well', signature: 'EqQBCgIYAhIM' },
        { type: 'redacted_thinking', data: 'EmwKAhgBEgy3' },
        { type: 'text', text: 'So.' },
        { type: 'tool_use', id: 'toolu_1', name: 'get_weather', input: { city: 'Rome' } },
      ],
    });
  });

  it('leaves out what belongs to no part', async () => {
    const stray = { type: 'content_block_delta', index: 4, delta: { type: 'citations_delta', citation: {} } };
    const [first, ...rest] = stream([text('Hi')], 'end_turn');
    const { answer } = await readAll([first, stray, ...rest]);
    assert.equal(answer?.text, 'Hi');
  });

  for (const { name, items } of [
    {
      name: 'without its last event',
      items: [start({ input_tokens: 1 }), ...text('He')(0), end('end_turn', { output_tokens: 1 })],
    },
    { name: 'without its beginning', items: [end('end_turn', { output_tokens: 1 }), stop] },
    { name: 'without its counts', items: [start({ input_tokens: 1 }), stop] },
  ]) {
    it(`gives nothing for a stream ${name}`, async () => assert.equal((await readAll(items)).answer, undefined));
  }
});
