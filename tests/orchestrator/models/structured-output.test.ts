import assert from 'node:assert/strict';
import { answerReader } from '../../../activities/models/answer-reader.ts';
import type { Completion } from '../../../activities/models/provider.ts';
import { readStructuredOutput } from '../../../activities/models/structured-output.ts';
import { compileJsonSchema } from '../../../src/pipeline/json-schema.ts';
import type { Json, JsonObject } from '../../../src/pipeline/json.ts';

const SCHEMA = {
  type: 'object',
  properties: { label: { enum: ['bug', 'billing'] }, note: { type: 'string' } },
  required: ['label'],
  additionalProperties: false,
};

describe('readStructuredOutput', () => {
  const faultsOf = compileJsonSchema(SCHEMA);
  for (const { name, text, value } of [
    { name: 'takes JSON', text: ' {"label": "bug"}\n', value: { label: 'bug' } },
    { name: 'takes JSON in a code fence', text: '```json\n{"label": "bug"}\n```', value: { label: 'bug' } },
    { name: 'forgives slips', text: '{label: \'bug\', note: "a",}', value: { label: 'bug', note: 'a' } },
  ]) {
    it(name, () => assert.deepEqual(readStructuredOutput(text, faultsOf), { isValid: true, value }));
  }

  for (const { name, text, reason } of [
    { name: 'no JSON', text: 'Surely: {"label": "bug"}', reason: 'it is not JSON' },
    { name: 'nothing', text: '', reason: 'it is not JSON' },
    { name: 'a text', text: 'I am sorry', reason: 'the value must be object' },
    { name: 'a missing key', text: '{}', reason: "the value must have required property 'label'" },
    {
      name: 'another value',
      text: '{"label":"x"}',
      reason: '/label must be equal to one of the allowed values (["bug","billing"])',
    },
    {
      name: 'several faults',
      text: '{"label":"bug","note":1,"z":2}',
      reason: 'the value must NOT have additional properties ("z"); /note must be string',
    },
  ]) {
    it(`refuses ${name}`, () => assert.deepEqual(readStructuredOutput(text, faultsOf), { isValid: false, reason }));
  }
});

describe('answerReader', () => {
  const usage = { inputTokens: 1, outputTokens: 2, cachedInputTokens: 0 };
  const read = (
    [text, finishReason]: readonly [string, Completion['finishReason']],
    outputSchema?: JsonObject,
    accept?: readonly ('length' | 'refusal')[],
  ) => {
    const request = { model: 'm', messages: [], maxOutputTokens: 9, ...(outputSchema && { outputSchema }) };
    return answerReader('p/m', request, accept)({ text, finishReason, model: 'm', usage });
  };

  it('takes a text as it is', () => assert.deepEqual(read(['{"a":', 'stop']), { isValid: true, value: '{"a":' }));

  it('takes the value of a structured answer', () => {
    assert.deepEqual(read(['{"label":"bug"}', 'stop'], SCHEMA), { isValid: true, value: { label: 'bug' } });
  });

  it('says what is wrong with a structured answer', () => {
    assert.deepEqual(read(['[]', 'stop'], SCHEMA), { isValid: false, reason: 'the value must be object' });
  });

  for (const { name, answer, schema, expected } of [
    { name: 'a text that was cut off', answer: ['Once', 'length'], schema: undefined, expected: 'Once' },
    {
      name: 'JSON that was cut off behind its value',
      answer: ['{"label":"bug"}\n', 'length'],
      schema: SCHEMA,
      expected: { label: 'bug' },
    },
    { name: 'a refusal', answer: ['No way', 'refusal'], schema: undefined, expected: 'No way' },
    { name: 'a refusal in place of a value, as null', answer: ['No way', 'refusal'], schema: SCHEMA, expected: null },
  ] as const) {
    it(`takes where that is accepted ${name}`, () => {
      assert.deepEqual(read(answer, schema, ['length', 'refusal']), { isValid: true, value: expected });
    });
  }

  for (const { code, answer, schema, reason } of [
    {
      code: 'OUTPUT_REFUSED',
      answer: ['No way', 'refusal'],
      schema: undefined,
      reason: 'it declined to answer: "No way"',
    },
    { code: 'OUTPUT_REFUSED', answer: ['', 'refusal'], schema: SCHEMA, reason: 'it declined to answer: ""' },
    {
      code: 'OUTPUT_TRUNCATED',
      answer: ['Once', 'length'],
      schema: undefined,
      reason: 'it was cut off at the limit of 9 output tokens; max_output_tokens allows more',
    },
    {
      code: 'OUTPUT_TRUNCATED',
      answer: ['{"label":"bug"', 'length'],
      schema: SCHEMA,
      reason: 'its JSON was cut off at the limit of 9 output tokens; max_output_tokens allows more',
    },
  ] as const) {
    it(`says ${code}: ${reason}`, () => {
      const message = `Cannot use the answer of model "p/m": ${reason}`;
      assert.throws(() => read(answer, schema), { code, message });
    });
  }

  it('refuses an impossible schema before there is an answer', () => {
    const request = { model: 'm', messages: [], maxOutputTokens: 9, outputSchema: { type: 'nothing' } };
    assert.throws(() => answerReader('p/m', request), { code: 'SCHEMA_INVALID' });
  });
});

describe('compileJsonSchema', () => {
  for (const { name, schema, value, faults } of [
    { name: 'accepts anything by true', schema: true, value: 1, faults: [] },
    { name: 'knows formats', schema: { format: 'email' }, value: 'x', faults: ['the value must match format "email"'] },
    {
      name: 'names a constant',
      schema: { const: [1] },
      value: 2,
      faults: ['the value must be equal to constant ([1])'],
    },
    { name: 'ignores keys of the user', schema: { 'x-note': 1, type: 'string' }, value: 'x', faults: [] },
    {
      name: 'tells patterns apart',
      schema: { properties: { a: { pattern: '^a+$' }, b: { pattern: '^b+$' } } },
      value: { a: 'a', b: 'a' },
      faults: ['/b must match pattern "^b+$"'],
    },
    {
      name: 'stops at five faults',
      schema: { items: { type: 'string' } },
      value: [1, 2, 3, 4, 5, 6, 7],
      faults: [0, 1, 2, 3, 4].map((at) => `/${at} must be string`),
    },
    {
      name: 'follows references',
      schema: { $ref: '#/$defs/n', $defs: { n: { properties: { n: { $ref: '#/$defs/n' } }, type: 'object' } } },
      value: { n: { n: 1 } },
      faults: ['/n/n must be object'],
    },
  ] as readonly { name: string; schema: true | JsonObject; value: Json; faults: readonly string[] }[]) {
    it(name, () => assert.deepEqual(compileJsonSchema(schema)(value), faults));
  }

  it('matches in linear time', () => {
    const faultsOf = compileJsonSchema({ pattern: '^(a+)+$' });
    const startedAt = Date.now();
    assert.equal(faultsOf(`${'a'.repeat(50_000)}!`).length, 1);
    assert.ok(Date.now() - startedAt < 60_000);
  });

  it('lets two schemas claim one name', () => {
    const faults = ['string', 'number'].map((type) => compileJsonSchema({ $id: 'https://example.test/same', type })(1));
    assert.deepEqual(faults, [['the value must be string'], []]);
  });

  for (const { name, schema, reason } of [
    {
      name: 'an unknown type',
      schema: { type: 'txt' },
      reason: /Cannot use a JSON Schema: \/type must be equal to one of/,
    },
    { name: 'a broken reference', schema: { $ref: '#/$defs/x' }, reason: /can't resolve reference #\/\$defs\/x/ },
    { name: 'a pattern that RE2 has not', schema: { pattern: '(?=a)' }, reason: /error parsing regexp/ },
    {
      name: 'an older dialect',
      schema: { $schema: 'http://json-schema.org/draft-07/schema#' },
      reason: /no schema with key/,
    },
    {
      name: "ajv's own keyword",
      schema: { $async: true, type: 'object' },
      reason: /"\$async" is not part of JSON Schema/,
    },
    { name: 'what is no schema', schema: 'x' as unknown as JsonObject, reason: /the schema must be object,boolean/ },
  ]) {
    it(`refuses ${name}`, () => {
      assert.throws(() => compileJsonSchema(schema), { code: 'SCHEMA_INVALID', message: reason });
    });
  }
});
