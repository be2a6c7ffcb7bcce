import assert from 'node:assert/strict';
import { anthropicRequest } from '../../../activities/models/anthropic-request.ts';
import type { JsonObject } from '../../../src/pipeline/json.ts';
import { BASE, CLOSABLE, CLOSED, PICTURE, POST, READ, WITH_TOOLS } from './conversation.ts';
import { NOT_STRICT } from './schemas.ts';

const cache_control = { type: 'ephemeral' };

describe('anthropicRequest', () => {
  it('sends what is given and nothing else', () => {
    assert.deepEqual(anthropicRequest({ ...BASE, system: 'Be brief.', temperature: 0.5 }, true), {
      model: 'm',
      messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }],
      stream: true,
      max_tokens: 5,
      system: [{ type: 'text', text: 'Be brief.', cache_control }],
      temperature: 0.5,
    });
  });

  it('puts pictures before the words about them', () => {
    const messages = [{ role: 'user', text: 'What is it?', images: [PICTURE] }] as const;
    assert.deepEqual(anthropicRequest({ ...BASE, messages }, true).messages, [
      {
        role: 'user',
        content: [
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' } },
          { type: 'text', text: 'What is it?' },
        ],
      },
    ]);
  });

  it('sends a picture without words alone', () => {
    const [turn] = anthropicRequest(
      { ...BASE, messages: [{ role: 'user', text: '', images: [PICTURE] }] },
      true,
    ).messages;
    assert.equal(turn?.content.length, 1);
  });

  it('sends back what was asked of tools, and what they gave in one turn', () => {
    assert.deepEqual(anthropicRequest({ ...BASE, messages: WITH_TOOLS, tools: [READ] }, true).messages, [
      { role: 'user', content: [{ type: 'text', text: 'Compare a and b.' }] },
      {
        role: 'assistant',
        content: [
          { type: 'tool_use', id: 'call_1', name: 'fs_read', input: { a: 'a.md' } },
          { type: 'tool_use', id: 'call_2', name: 'fs_read', input: { input: 'a = b.md' } },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'call_1', content: 'A', is_error: false },
          { type: 'tool_result', tool_use_id: 'call_2', content: 'it is not an object', is_error: true, cache_control },
        ],
      },
    ]);
  });

  it('lets the vendor keep tools and system prompt, and a conversation that goes on', () => {
    const { tools, system, messages } = anthropicRequest({ ...BASE, system: 'Be brief.', tools: [POST, READ] }, true);
    assert.deepEqual(tools, [
      { name: 'post', description: 'Posts.', input_schema: { type: 'object' } },
      { name: 'fs_read', description: 'Reads a file.', input_schema: CLOSABLE, cache_control },
    ]);
    assert.deepEqual(system, [{ type: 'text', text: 'Be brief.', cache_control }]);
    assert.deepEqual(messages, [{ role: 'user', content: [{ type: 'text', text: 'Hi', cache_control }] }]);
  });

  it('lets the vendor keep examples, and not the question that is different each time', () => {
    const messages = [
      { role: 'user', text: 'Refund?' },
      { role: 'assistant', text: 'billing' },
      { role: 'user', text: 'Crash?' },
    ] as const;
    assert.deepEqual(anthropicRequest({ ...BASE, messages }, true).messages, [
      { role: 'user', content: [{ type: 'text', text: 'Refund?' }] },
      { role: 'assistant', content: [{ type: 'text', text: 'billing', cache_control }] },
      { role: 'user', content: [{ type: 'text', text: 'Crash?' }] },
    ]);
  });

  const parts = [
    { type: 'thinking', thinking: 'Hm', signature: 'c2ln' },
    { type: 'tool_use', id: 'toolu_1', name: 'fs_read', input: {} },
  ];
  for (const { name, model, sent } of [
    { name: 'gives a model its thoughts back', model: 'anthropic/m', sent: parts },
    {
      name: 'keeps the thoughts of one model from another',
      model: 'anthropic/n',
      sent: [{ type: 'text', text: 'Wait.' }, parts[1]],
    },
  ]) {
    it(name, () => {
      const toolRequests = [{ id: 'toolu_1', name: 'fs_read', input: {} }];
      const messages = [{ role: 'assistant', text: 'Wait.', toolRequests, original: { model, parts } }] as const;
      assert.deepEqual(anthropicRequest({ ...BASE, messages }, true).messages[0]?.content, sent);
    });
  }

  it('leaves the schema to the vendor where its own mode takes it', () => {
    const request = anthropicRequest({ ...BASE, outputSchema: CLOSABLE }, true);
    assert.deepEqual(request.output_config, { format: { type: 'json_schema', schema: CLOSED } });
    assert.equal(request.system, undefined);
  });

  it('says it in words too where the server may not know that mode', () => {
    const request = anthropicRequest({ ...BASE, system: 'Be brief.', outputSchema: CLOSABLE }, false);
    assert.deepEqual(request.output_config, { format: { type: 'json_schema', schema: CLOSED } });
    assert.match(systemText(request), /^Be brief\.\n\nAnswer with one JSON value and nothing else/);
    assert.ok(saysSchema(request, CLOSABLE));
  });

  for (const { name, schema } of NOT_STRICT) {
    it(`says ${name} in words only`, () => {
      const request = anthropicRequest({ ...BASE, outputSchema: schema }, true);
      assert.equal(request.output_config, undefined);
      assert.ok(saysSchema(request, schema));
    });
  }
});

function systemText({ system }: ReturnType<typeof anthropicRequest>): string {
  return Array.isArray(system) ? system.map(({ text }) => text).join('') : '';
}

function saysSchema(request: ReturnType<typeof anthropicRequest>, schema: JsonObject): boolean {
  return systemText(request).endsWith(JSON.stringify(schema));
}
