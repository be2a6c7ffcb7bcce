import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as breathe } from 'node:timers/promises';
import type { Completion } from '../../../activities/models/provider.ts';
import { providers } from '../../../activities/models/providers.ts';
import type { PipelineError } from '../../../src/errors.ts';
import { BASE } from './conversation.ts';

/** Server-sent events as vendors document them: each with its type as its name. */
const events = (...data: readonly ({ readonly type: string } & Readonly<Record<string, unknown>>)[]): string =>
  data.map((each) => `event: ${each.type}\ndata: ${JSON.stringify(each)}\n\n`).join('');
const chunks = (...data: object[]): string => data.map((each) => `data: ${JSON.stringify(each)}\n\n`).join('');

const message = { id: 'msg_1', type: 'message', role: 'assistant', content: [], model: 'claude-x-1' };
const anthropicStart = events(
  { type: 'message_start', message: { ...message, usage: { input_tokens: 472, output_tokens: 2 } } },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  { type: 'ping' },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Grüß dich' } },
);
const anthropicCall = events(
  { type: 'content_block_stop', index: 0 },
  { type: 'content_block_start', index: 1, content_block: { type: 'tool_use', id: 'toolu_1', name: 'now', input: {} } },
  { type: 'content_block_delta', index: 1, delta: { type: 'input_json_delta', partial_json: '' } },
  { type: 'content_block_delta', index: 1, delta: { type: 'input_json_delta', partial_json: '{"zone": "C' } },
  { type: 'content_block_delta', index: 1, delta: { type: 'input_json_delta', partial_json: 'ET"}' } },
  { type: 'content_block_stop', index: 1 },
  { type: 'message_delta', delta: { stop_reason: 'tool_use', stop_sequence: null }, usage: { output_tokens: 89 } },
  { type: 'an_event_of_tomorrow' },
  { type: 'message_stop' },
);

const response = { id: 'resp_1', object: 'response', model: 'gpt-x-1', incomplete_details: null, error: null };
const usage = {
  input_tokens: 75,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: 89,
  output_tokens_details: { reasoning_tokens: 64 },
};
const call = { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'now', arguments: '{"zone":"CET"}' };
const responseStart = events(
  { type: 'response.created', response: { ...response, status: 'in_progress' } },
  { type: 'response.in_progress', response: { ...response, status: 'in_progress' } },
  { type: 'response.output_text.delta', item_id: 'msg_1', output_index: 0, content_index: 0, delta: 'Grüß dich' },
);
const responseCall = events(
  { type: 'response.output_item.added', output_index: 1, item: { ...call, arguments: '' } },
  { type: 'response.function_call_arguments.delta', item_id: 'fc_1', output_index: 1, delta: '{"zone":' },
  { type: 'response.function_call_arguments.done', item_id: 'fc_1', output_index: 1, arguments: '{"zone":"CET"}' },
  { type: 'response.output_item.done', output_index: 1, item: call },
  { type: 'response.completed', response: { ...response, status: 'completed', output: [call], usage } },
);

const chunk = (delta: object, finish_reason: string | null = null) => ({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  model: 'gpt-x-1',
  choices: [{ index: 0, delta, finish_reason }],
  usage: null,
});
const asked = { index: 0, id: 'call_1', type: 'function', function: { name: 'now', arguments: '' } };
const chatStart = `: a comment\n\n${chunks(chunk({ role: 'assistant', content: 'Grüß ' }), chunk({ content: 'dich' }))}`;
const chatCall = chunks(
  chunk({ tool_calls: [asked] }),
  chunk({ tool_calls: [{ index: 0, function: { arguments: '{"zone":"CET"}' } }] }),
  chunk({}, 'tool_calls'),
  { ...chunk({}), choices: [], usage: { prompt_tokens: 75, completion_tokens: 89 } },
);

const ollamaLine = (said: object, more: object = {}) =>
  `${JSON.stringify({ model: 'm', created_at: '2026-01-01T00:00:00Z', message: { role: 'assistant', ...said }, done: false, ...more })}\n`;
const ollamaCall = { function: { name: 'now', arguments: { zone: 'CET' } } };

interface Way {
  readonly provider: string;
  readonly api?: string;
}

interface Interface extends Way {
  readonly start: string;
  readonly rest: string;
  /** How the server says that it cannot go on. */
  readonly reported: string;
  /** A second way to say it. */
  readonly failed?: string;
}

const INTERFACES: readonly Interface[] = [
  {
    provider: 'anthropic',
    start: anthropicStart,
    rest: anthropicCall,
    reported: events({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }),
  },
  {
    provider: 'openai',
    api: 'responses',
    start: responseStart,
    rest: responseCall,
    reported: events({ type: 'error', code: 'server_error', message: 'Overloaded', param: null }),
    failed: events({
      type: 'response.failed',
      response: { ...response, status: 'failed', error: { code: 'server_error', message: 'Overloaded' } },
    }),
  },
  {
    provider: 'openai',
    api: 'chat',
    start: chatStart,
    rest: `${chatCall}data: [DONE]\n\n`,
    reported: chunks({ error: { message: 'Overloaded', type: 'server_error' } }),
  },
  {
    provider: 'ollama',
    start: ollamaLine({ content: 'Grüß dich' }),
    rest:
      ollamaLine({ content: '', tool_calls: [ollamaCall] }) +
      ollamaLine({ content: '' }, { done: true, done_reason: 'stop', prompt_eval_count: 75, eval_count: 89 }),
    reported: '{"error":"Overloaded"}\n',
  },
];

for (const { start, rest, reported, failed = reported, ...way } of INTERFACES) {
  describe(`provider ${Object.values(way).join(', ')}, reading a stream`, () => {
    for (const size of [1, 50, 100_000]) {
      it(`reads all of it, in pieces of ${size} bytes`, async () => {
        const deltas: string[] = [];
        const answer = await answerTo(way, start + rest, { size, deltas });
        assert.equal(answer.text, 'Grüß dich');
        assert.equal(deltas.join(''), 'Grüß dich');
        assert.equal(answer.finishReason, 'tools');
        assert.deepEqual(
          answer.toolRequests?.map(({ name, input }) => ({ name, input })),
          [{ name: 'now', input: { zone: 'CET' } }],
        );
        assert.equal(answer.usage.outputTokens, 89);
      });
    }

    for (const { name, body, code } of [
      { name: 'what the server reports in the middle', body: start + reported, code: 'PROVIDER_ERROR' },
      { name: 'that the server gives up', body: start + failed, code: 'PROVIDER_ERROR' },
      { name: 'that it ends before its end', body: start, code: 'PROVIDER_CONNECTION_LOST' },
      {
        name: 'that it ends in the middle of an event',
        body: (start + rest).slice(0, -40),
        code: 'PROVIDER_CONNECTION_LOST',
      },
      { name: 'that there is nothing', body: '', code: 'PROVIDER_CONNECTION_LOST' },
    ]) {
      it(`says ${name}`, async () => {
        const deltas: string[] = [];
        await assert.rejects(answerTo(way, body, { size: 64, deltas }), (error: PipelineError) => {
          assert.equal(error.code, code);
          if (code === 'PROVIDER_ERROR') assert.match(error.message, /its server failed \("Overloaded"\)$/);
          return true;
        });
        assert.equal(deltas.join(''), body === '' ? '' : 'Grüß dich');
      });
    }
  });
}

/** What a provider makes of these bytes, which a server sends in pieces of one size. */
async function answerTo(
  { provider, ...settings }: Way,
  body: string,
  { size, deltas }: { readonly size: number; readonly deltas: string[] },
): Promise<Completion> {
  const type = provider === 'ollama' ? 'application/x-ndjson' : 'text/event-stream';
  const server = createServer((request, reply) => {
    request.resume();
    reply.writeHead(200, { 'content-type': type });
    void sendPieces(reply, Buffer.from(body), size);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const definition = providers.find(({ name }) => name === provider);
    assert.ok(definition);
    const connected = definition.connect({ baseUrl, ...settings });
    return await connected.complete(BASE, new AbortController().signal, (text) => deltas.push(text));
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

async function sendPieces(reply: ServerResponse, body: Buffer, size: number): Promise<void> {
  for (let at = 0; at < body.length && !reply.destroyed; at += size) {
    reply.write(body.subarray(at, at + size));
    await breathe();
  }
  reply.end();
}
