import assert from 'node:assert/strict';
import { anthropicRequest } from '../../../activities/models/anthropic-request.ts';
import { openAiRequest } from '../../../activities/models/openai-request.ts';
import type { CompletionRequest } from '../../../activities/models/provider.ts';
import type { JsonObject } from '../../../src/pipeline/json.ts';

const BASE: CompletionRequest = { model: 'm', messages: [{ role: 'user', text: 'Hi' }], maxOutputTokens: 5 };
const CLOSABLE = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] };
const CLOSED = { ...CLOSABLE, additionalProperties: false };

/** Schemas that strict modes would change the meaning of, or do not know. */
const NOT_STRICT: readonly { name: string; schema: JsonObject }[] = [
  { name: 'an object that names no keys', schema: { type: 'object' } },
  { name: 'an object that allows more keys', schema: { ...CLOSABLE, additionalProperties: { type: 'string' } } },
  { name: 'such an object in a list', schema: { type: 'array', items: { anyOf: [{ type: 'object' }] } } },
  { name: 'the schema of anything', schema: {} },
];

describe('openAiRequest', () => {
  it('sends what is given and nothing else', () => {
    assert.deepEqual(openAiRequest({ ...BASE, system: 'Be brief.', temperature: 0.5 }, true), {
      model: 'm',
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Hi' },
      ],
      stream: true,
      stream_options: { include_usage: true },
      max_completion_tokens: 5,
      temperature: 0.5,
    });
  });

  it('names the limit as compatible servers do', () => {
    const { max_tokens, max_completion_tokens } = openAiRequest(BASE, false);
    assert.deepEqual({ max_tokens, max_completion_tokens }, { max_tokens: 5, max_completion_tokens: undefined });
  });

  it('closes a schema for the strict mode', () => {
    assert.deepEqual(openAiRequest({ ...BASE, outputSchema: CLOSABLE }, true).response_format, {
      type: 'json_schema',
      json_schema: { name: 'output', strict: true, schema: CLOSED },
    });
  });

  for (const { name, schema } of [
    ...NOT_STRICT,
    { name: 'an object with a key that is not required', schema: { ...CLOSABLE, required: [] } },
    { name: 'a list', schema: { type: 'array', items: { type: 'string' } } },
  ]) {
    it(`sends ${name} as it is, without the strict mode`, () => {
      assert.deepEqual(openAiRequest({ ...BASE, outputSchema: schema }, true).response_format, {
        type: 'json_schema',
        json_schema: { name: 'output', strict: false, schema },
      });
    });
  }
});

describe('anthropicRequest', () => {
  it('sends what is given and nothing else', () => {
    assert.deepEqual(anthropicRequest({ ...BASE, system: 'Be brief.', temperature: 0.5 }, true), {
      model: 'm',
      messages: [{ role: 'user', content: 'Hi' }],
      stream: true,
      max_tokens: 5,
      system: 'Be brief.',
      temperature: 0.5,
    });
  });

  it('leaves the schema to the vendor where its own mode takes it', () => {
    const request = anthropicRequest({ ...BASE, outputSchema: CLOSABLE }, true);
    assert.deepEqual(request.output_config, { format: { type: 'json_schema', schema: CLOSED } });
    assert.equal(request.system, undefined);
  });

  it('says it in words too where the server may not know that mode', () => {
    const request = anthropicRequest({ ...BASE, system: 'Be brief.', outputSchema: CLOSABLE }, false);
    assert.deepEqual(request.output_config, { format: { type: 'json_schema', schema: CLOSED } });
    assert.match(JSON.stringify(request.system), /^"Be brief\.\\n\\nAnswer with one JSON value and nothing else/);
    assert.ok(saysSchema(request.system, CLOSABLE));
  });

  for (const { name, schema } of NOT_STRICT) {
    it(`says ${name} in words only`, () => {
      const request = anthropicRequest({ ...BASE, outputSchema: schema }, true);
      assert.equal(request.output_config, undefined);
      assert.ok(saysSchema(request.system, schema));
    });
  }
});

function saysSchema(system: unknown, schema: JsonObject): boolean {
  return typeof system === 'string' && system.endsWith(JSON.stringify(schema));
}
