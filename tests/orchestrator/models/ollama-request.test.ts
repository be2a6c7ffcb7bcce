import assert from 'node:assert/strict';
import { ollamaRequest } from '../../../activities/models/ollama-request.ts';
import { BASE, CLOSABLE, PICTURE, READ, WITH_TOOLS } from './conversation.ts';

describe('ollamaRequest', () => {
  it('sends what is given and nothing else, and lets the server leave nothing out', () => {
    assert.deepEqual(ollamaRequest({ ...BASE, system: 'Be brief.', temperature: 0.5 }), {
      model: 'm',
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Hi' },
      ],
      stream: true,
      truncate: false,
      shift: false,
      options: { num_predict: 5, temperature: 0.5 },
    });
  });

  it('sends pictures beside the words about them', () => {
    const messages = [{ role: 'user', text: 'What is it?', images: [PICTURE] }] as const;
    assert.deepEqual(ollamaRequest({ ...BASE, messages }).messages, [
      { role: 'user', content: 'What is it?', images: ['iVBORw0KGgo='] },
    ]);
  });

  it('sends back what was asked of tools, and what they gave', () => {
    assert.deepEqual(ollamaRequest({ ...BASE, messages: WITH_TOOLS }).messages, [
      { role: 'user', content: 'Compare a and b.' },
      {
        role: 'assistant',
        content: '',
        tool_calls: [
          { id: 'call_1', function: { name: 'fs_read', arguments: { a: 'a.md' } } },
          { id: 'call_2', function: { name: 'fs_read', arguments: { input: 'a = b.md' } } },
        ],
      },
      { role: 'tool', content: 'A', tool_name: 'fs_read', tool_call_id: 'call_1' },
      {
        role: 'tool',
        content: 'The call failed: it is not an object',
        tool_name: 'fs_read',
        tool_call_id: 'call_2',
      },
    ]);
  });

  it('sends a schema for the grammar', () => {
    const { format, messages } = ollamaRequest({ ...BASE, outputSchema: CLOSABLE });
    assert.deepEqual({ format, turns: messages.length }, { format: CLOSABLE, turns: 1 });
  });

  it('says the schema in words beside tools, since the grammar would forbid to call them', () => {
    const { format, tools, messages } = ollamaRequest({ ...BASE, outputSchema: CLOSABLE, tools: [READ] });
    assert.equal(format, undefined);
    assert.deepEqual(tools, [
      { type: 'function', function: { name: 'fs_read', description: 'Reads a file.', parameters: CLOSABLE } },
    ]);
    assert.match(messages[0]?.content ?? '', /^Answer with one JSON value and nothing else/);
  });
});
