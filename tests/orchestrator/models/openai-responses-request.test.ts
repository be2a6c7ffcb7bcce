import assert from 'node:assert/strict';
import { openAiResponsesRequest } from '../../../activities/models/openai-responses-request.ts';
import { BASE, CLOSABLE, CLOSED, PICTURE, POST, READ, WITH_TOOLS } from './conversation.ts';
import { NOT_STRICT_AT_OPENAI } from './schemas.ts';

describe('openAiResponsesRequest', () => {
  it('sends what is given and nothing else, and lets the vendor keep nothing', () => {
    assert.deepEqual(openAiResponsesRequest({ ...BASE, system: 'Be brief.', temperature: 0.5 }, true), {
      model: 'm',
      input: [{ role: 'user', content: 'Hi' }],
      instructions: 'Be brief.',
      stream: true,
      store: false,
      max_output_tokens: 5,
      service_tier: 'default',
      temperature: 0.5,
    });
    assert.deepEqual(Object.keys(openAiResponsesRequest(BASE, false)).toSorted(), [
      'input',
      'max_output_tokens',
      'model',
      'store',
      'stream',
    ]);
  });

  it('puts pictures before the words about them', () => {
    const messages = [{ role: 'user', text: 'What is it?', images: [PICTURE] }] as const;
    assert.deepEqual(openAiResponsesRequest({ ...BASE, messages }, true).input, [
      {
        role: 'user',
        content: [
          { type: 'input_image', detail: 'auto', image_url: 'data:image/png;base64,iVBORw0KGgo=' },
          { type: 'input_text', text: 'What is it?' },
        ],
      },
    ]);
  });

  it('sends back what was asked of tools, and what they gave', () => {
    assert.deepEqual(openAiResponsesRequest({ ...BASE, messages: WITH_TOOLS }, true).input, [
      { role: 'user', content: 'Compare a and b.' },
      { type: 'function_call', call_id: 'call_1', name: 'fs_read', arguments: '{"a":"a.md"}' },
      { type: 'function_call', call_id: 'call_2', name: 'fs_read', arguments: '{"input":"a = b.md"}' },
      { type: 'function_call_output', call_id: 'call_1', output: 'A' },
      { type: 'function_call_output', call_id: 'call_2', output: 'The call failed: it is not an object' },
    ]);
  });

  const parts = [
    { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAA' },
    { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'fs_read', arguments: '{}' },
  ];
  for (const { name, model, sent } of [
    { name: 'gives a model its thoughts back', model: 'openai/m', sent: parts },
    {
      name: 'keeps the thoughts of one model from another',
      model: 'openai/n',
      sent: [
        { role: 'assistant', content: 'Wait.' },
        { type: 'function_call', call_id: 'call_1', name: 'fs_read', arguments: '{}' },
      ],
    },
  ]) {
    it(name, () => {
      const toolRequests = [{ id: 'call_1', name: 'fs_read', input: {} }];
      const messages = [{ role: 'assistant', text: 'Wait.', toolRequests, original: { model, parts } }] as const;
      assert.deepEqual(openAiResponsesRequest({ ...BASE, messages }, true).input, sent);
    });
  }

  it('offers tools in the strict mode, where that can express their input', () => {
    assert.deepEqual(openAiResponsesRequest({ ...BASE, tools: [READ, POST] }, true).tools, [
      { type: 'function', name: 'fs_read', description: 'Reads a file.', strict: true, parameters: CLOSED },
      { type: 'function', name: 'post', description: 'Posts.', strict: false, parameters: { type: 'object' } },
    ]);
  });

  it('closes a schema for the strict mode', () => {
    assert.deepEqual(openAiResponsesRequest({ ...BASE, outputSchema: CLOSABLE }, true).text, {
      format: { type: 'json_schema', name: 'output', strict: true, schema: CLOSED },
    });
  });

  for (const { name, schema } of NOT_STRICT_AT_OPENAI) {
    it(`sends ${name} as it is, without the strict mode`, () => {
      const { text } = openAiResponsesRequest({ ...BASE, outputSchema: schema }, true);
      assert.deepEqual(text, { format: { type: 'json_schema', name: 'output', strict: false, schema } });
    });
  }
});
