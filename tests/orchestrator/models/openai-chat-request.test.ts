import assert from 'node:assert/strict';
import { openAiChatRequest } from '../../../activities/models/openai-chat-request.ts';
import { BASE, CLOSABLE, CLOSED, PICTURE, POST, READ, WITH_TOOLS } from './conversation.ts';
import { NOT_STRICT_AT_OPENAI } from './schemas.ts';

describe('openAiChatRequest', () => {
  it('sends what is given and nothing else', () => {
    assert.deepEqual(openAiChatRequest({ ...BASE, system: 'Be brief.', temperature: 0.5 }, true), {
      model: 'm',
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Hi' },
      ],
      stream: true,
      stream_options: { include_usage: true },
      max_completion_tokens: 5,
      service_tier: 'default',
      temperature: 0.5,
    });
  });

  it('names the limit as compatible servers do', () => {
    const { messages: _, ...request } = openAiChatRequest(BASE, false);
    assert.deepEqual(request, { model: 'm', stream: true, stream_options: { include_usage: true }, max_tokens: 5 });
  });

  it('puts pictures before the words about them', () => {
    const { messages } = openAiChatRequest(
      { ...BASE, messages: [{ role: 'user', text: 'What is it?', images: [PICTURE] }] },
      true,
    );
    assert.deepEqual(messages, [
      {
        role: 'user',
        content: [
          { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } },
          { type: 'text', text: 'What is it?' },
        ],
      },
    ]);
  });

  it('sends back what was asked of tools, and what they gave', () => {
    assert.deepEqual(openAiChatRequest({ ...BASE, messages: WITH_TOOLS }, true).messages, [
      { role: 'user', content: 'Compare a and b.' },
      {
        role: 'assistant',
        content: null,
        tool_calls: [
          { id: 'call_1', type: 'function', function: { name: 'fs_read', arguments: '{"a":"a.md"}' } },
          { id: 'call_2', type: 'function', function: { name: 'fs_read', arguments: '{"input":"a = b.md"}' } },
        ],
      },
      { role: 'tool', tool_call_id: 'call_1', content: 'A' },
      { role: 'tool', tool_call_id: 'call_2', content: 'The call failed: it is not an object' },
    ]);
  });

  it('keeps the words of a turn that asks for tools', () => {
    const toolRequests = [{ id: '1', name: 'post', input: {} }];
    const said = { ...BASE, messages: [{ role: 'assistant', text: 'So be it.', toolRequests }] } as const;
    const [turn] = openAiChatRequest(said, true).messages;
    assert.equal(turn?.content, 'So be it.');
  });

  it('offers tools in the strict mode of the vendor, where that can express their input', () => {
    assert.deepEqual(openAiChatRequest({ ...BASE, tools: [READ, POST] }, true).tools, [
      {
        type: 'function',
        function: { name: 'fs_read', description: 'Reads a file.', strict: true, parameters: CLOSED },
      },
      {
        type: 'function',
        function: { name: 'post', description: 'Posts.', strict: false, parameters: { type: 'object' } },
      },
    ]);
  });

  it('offers tools to compatible servers as they are', () => {
    assert.deepEqual(openAiChatRequest({ ...BASE, tools: [READ] }, false).tools, [
      { type: 'function', function: { name: 'fs_read', description: 'Reads a file.', parameters: CLOSABLE } },
    ]);
  });

  it('closes a schema for the strict mode', () => {
    assert.deepEqual(openAiChatRequest({ ...BASE, outputSchema: CLOSABLE }, true).response_format, {
      type: 'json_schema',
      json_schema: { name: 'output', strict: true, schema: CLOSED },
    });
  });

  for (const { name, schema } of NOT_STRICT_AT_OPENAI) {
    it(`sends ${name} as it is, without the strict mode`, () => {
      assert.deepEqual(openAiChatRequest({ ...BASE, outputSchema: schema }, true).response_format, {
        type: 'json_schema',
        json_schema: { name: 'output', strict: false, schema },
      });
    });
  }
});
