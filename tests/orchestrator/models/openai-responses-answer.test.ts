import assert from 'node:assert/strict';
import type { ResponseStreamEvent } from 'openai/resources/responses/responses';
import type { OpenAiAnswer } from '../../../activities/models/openai-chat-answer.ts';
import { readOpenAiResponse } from '../../../activities/models/openai-responses-answer.ts';
import { read } from './read-answer.ts';

const text = (delta: string) => ({ type: 'response.output_text.delta', item_id: 'msg_1', output_index: 0, delta });
const refusal = (delta: string) => ({ type: 'response.refusal.delta', item_id: 'msg_1', output_index: 0, delta });
const item = (done: object) => ({ type: 'response.output_item.done', output_index: 0, item: done });
const call = (call_id: string, args: string) =>
  item({ type: 'function_call', id: `fc_${call_id}`, call_id, name: 'get_weather', arguments: args });
const end = (status: string, more: object = {}) => ({
  type: `response.${status}`,
  response: { model: 'gpt-x-1', status, incomplete_details: null, usage, ...more },
});
const usage = { input_tokens: 10, output_tokens: 4, total_tokens: 14 };
const created = { type: 'response.created', response: { model: 'gpt-x-1', status: 'in_progress' } };

const failure = (body: string) => new Error(`reported ${body}`);
const readAll = (items: readonly unknown[]) =>
  read<ResponseStreamEvent, OpenAiAnswer | undefined>(
    (events, onDelta) => readOpenAiResponse(events, { model: 'gpt-x', onDelta, failure }),
    items,
  );

describe('readOpenAiResponse', () => {
  it('joins the pieces, and takes the counts of the end', async () => {
    const counted = {
      ...usage,
      input_tokens_details: { cached_tokens: 8, cache_write_tokens: 1 },
      output_tokens_details: { reasoning_tokens: 3 },
    };
    const { answer, deltas } = await readAll([created, text('Hel'), text('lo'), end('completed', { usage: counted })]);
    assert.deepEqual(deltas, ['Hel', 'lo']);
    assert.deepEqual(answer, {
      text: 'Hello',
      finishReason: 'stop',
      model: 'gpt-x-1',
      usage: { inputTokens: 10, outputTokens: 4, cachedInputTokens: 8, cacheWriteTokens: 1, reasoningTokens: 3 },
    });
  });

  for (const { name, counts, expected } of [
    {
      name: 'nothing where nothing is',
      counts: { input_tokens_details: { cached_tokens: 0 }, output_tokens_details: { reasoning_tokens: 0 } },
      expected: { inputTokens: 10, outputTokens: 4, cachedInputTokens: 0 },
    },
    {
      name: 'nothing where the server leaves the details out',
      counts: {},
      expected: { inputTokens: 10, outputTokens: 4, cachedInputTokens: 0 },
    },
  ]) {
    it(`counts ${name}`, async () => {
      const { answer } = await readAll([text('Hi'), end('completed', { usage: { ...usage, ...counts } })]);
      assert.deepEqual(answer?.usage, expected);
    });
  }

  it('tells that the server did not count', async () => {
    const { answer } = await readAll([text('Hi'), end('completed', { usage: null })]);
    assert.deepEqual(answer, { text: 'Hi', finishReason: 'stop', model: 'gpt-x-1' });
  });

  for (const { name, items, finishReason } of [
    {
      name: 'a cut',
      items: [text('He'), end('incomplete', { incomplete_details: { reason: 'max_output_tokens' } })],
      finishReason: 'length',
    },
    {
      name: 'a filter',
      items: [text('He'), end('incomplete', { incomplete_details: { reason: 'content_filter' } })],
      finishReason: 'refusal',
    },
    { name: 'a refusal', items: [refusal('He'), end('completed')], finishReason: 'refusal' },
    {
      name: 'a call that was cut',
      items: [
        text('He'),
        call('1', '{"ci'),
        end('incomplete', { incomplete_details: { reason: 'max_output_tokens' } }),
      ],
      finishReason: 'length',
    },
  ]) {
    it(`tells ${name}`, async () => {
      const { answer } = await readAll(items);
      assert.equal(answer?.text, 'He');
      assert.equal(answer.finishReason, finishReason);
      assert.equal(answer.toolRequests, undefined);
    });
  }

  it('gives the calls that the model asks for', async () => {
    const { answer } = await readAll([call('1', '{"city":"Paris"}'), call('2', ''), end('completed')]);
    assert.equal(answer?.finishReason, 'tools');
    assert.equal(answer.original, undefined);
    assert.deepEqual(answer.toolRequests, [
      { id: '1', name: 'get_weather', input: { city: 'Paris' } },
      { id: '2', name: 'get_weather', input: {} },
    ]);
  });

  for (const { name, thoughts, isKept } of [
    { name: 'keeps encrypted thoughts beside calls', thoughts: { encrypted_content: 'gAAA' }, isKept: true },
    { name: 'keeps no thoughts that the vendor would have to remember', thoughts: {}, isKept: false },
  ]) {
    it(name, async () => {
      const reasoning = item({ type: 'reasoning', id: 'rs_1', summary: [], ...thoughts });
      const { answer } = await readAll([reasoning, call('1', '{}'), end('completed')]);
      const parts = [reasoning.item, call('1', '{}').item];
      assert.deepEqual(answer?.original, isKept ? { model: 'openai/gpt-x', parts } : undefined);
    });
  }

  it('throws what the server reports instead of an end', async () => {
    const error = { code: 'server_error', message: 'The model failed.' };
    await assert.rejects(readAll([text('He'), end('failed', { error })]), /reported \{"error":\{"code":"server_error"/);
  });

  it('gives nothing for a stream that broke off', async () => {
    const { answer, deltas } = await readAll([created, text('Hel')]);
    assert.equal(answer, undefined);
    assert.deepEqual(deltas, ['Hel']);
  });
});
