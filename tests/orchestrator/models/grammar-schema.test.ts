import assert from 'node:assert/strict';
import { grammarSchema } from '../../../activities/models/grammar-schema.ts';
import type { Json } from '../../../src/pipeline/json.ts';

const TEXT = { type: 'string' };

describe('grammarSchema', () => {
  for (const { name, schema, loose } of [
    {
      name: 'keeps bounds that a grammar counts to',
      schema: { ...TEXT, maxLength: 2000 },
      loose: { ...TEXT, maxLength: 2000 },
    },
    { name: 'drops longer ones', schema: { ...TEXT, minLength: 1, maxLength: 2001 }, loose: { ...TEXT, minLength: 1 } },
    {
      name: 'drops those that nothing meets',
      schema: { type: 'array', items: TEXT, minItems: 3, maxItems: 2 },
      loose: { type: 'array', items: TEXT },
    },
    {
      name: 'keeps plain patterns',
      schema: { ...TEXT, pattern: '^[A-Z]{2}-[0-9]{3,5}$' },
      loose: { ...TEXT, pattern: '^[A-Z]{2}-[0-9]{3,5}$' },
    },
    { name: 'drops patterns with classes that have names', schema: { ...TEXT, pattern: '^\\d+$' }, loose: TEXT },
    { name: 'drops patterns that look ahead', schema: { ...TEXT, pattern: '^(?=a)b$' }, loose: TEXT },
    { name: 'drops patterns that may stand anywhere', schema: { ...TEXT, pattern: 'a' }, loose: TEXT },
    { name: 'drops patterns that nothing meets', schema: { ...TEXT, pattern: '^a{5,2}$' }, loose: TEXT },
    { name: 'drops what must not be', schema: { ...TEXT, not: { const: 'a' } }, loose: TEXT },
    { name: 'takes a schema that forbids nothing as one of anything', schema: { title: 'x', minLength: 2 }, loose: {} },
    {
      name: 'goes into properties, items and the rest',
      schema: {
        type: 'object',
        properties: { pattern: { ...TEXT, maxLength: 5000 }, any: true, list: { type: 'array', items: { not: TEXT } } },
        additionalProperties: { anyOf: [TEXT, { default: 1 }] },
        $defs: { long: { ...TEXT, minLength: 9999 } },
      },
      loose: {
        type: 'object',
        properties: { pattern: TEXT, any: {}, list: { type: 'array', items: {} } },
        additionalProperties: { anyOf: [TEXT, {}] },
        $defs: { long: TEXT },
      },
    },
    {
      name: 'leaves values alone that only look like schemas',
      schema: { enum: [{ not: 1, maxLength: 5000 }], additionalProperties: false },
      loose: { enum: [{ not: 1, maxLength: 5000 }], additionalProperties: false },
    },
    {
      name: 'keeps references into the schema, and no others',
      schema: { anyOf: [{ $ref: '#/$defs/a' }, { $ref: '#' }, { $ref: 'https://example.com/a.json' }] },
      loose: { anyOf: [{ $ref: '#/$defs/a' }, {}, {}] },
    },
    {
      name: 'leaves what is no schema to the server',
      schema: { anyOf: 1, properties: 2 },
      loose: { anyOf: 1, properties: 2 },
    },
  ] as readonly { name: string; schema: Readonly<Record<string, Json>>; loose: Json }[]) {
    it(name, () => assert.deepEqual(grammarSchema(schema), loose));
  }
});
