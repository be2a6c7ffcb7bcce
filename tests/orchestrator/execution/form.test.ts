import assert from 'node:assert/strict';
import fc from 'fast-check';
import { formSample } from '../../../src/pipeline/form/sample.ts';
import { FORM_KEYWORDS, formProblems } from '../../../src/pipeline/form.ts';
import { compileValidator } from '../../../src/pipeline/json-schema.ts';
import type { Json, JsonObject, JsonSchema } from '../../../src/pipeline/json.ts';

const FORM = {
  type: 'object',
  properties: {
    reason: { type: 'string', minLength: 3, maxLength: 10 },
    score: { type: 'number', minimum: 0, maximum: 1 },
    label: { enum: ['bug', 'spam', 3, null] },
    tags: { type: 'array', items: { type: 'string' }, minItems: 1, maxItems: 2, uniqueItems: true },
    address: { type: ['object', 'null'], properties: { lines: { items: { type: 'string' } } }, required: ['lines'] },
  },
  required: ['reason'],
  additionalProperties: false,
} satisfies JsonObject;

const IN_BRANCHES = JSON.parse(
  '{ "if": { "required": ["a"] }, "then": { "required": ["b"] }, "else": { "required": ["c"] } }',
) as JsonObject;

describe('formProblems', () => {
  for (const { name, schema = FORM, value, problems } of [
    { name: 'finds nothing wrong with a form that is filled in', value: { reason: 'late', score: 0.5 }, problems: [] },
    { name: 'finds nothing wrong with anything where anything goes', schema: true, value: [1], problems: [] },
    { name: 'names what is missing', value: {}, problems: ['"reason" is missing'] },
    { name: 'says what is wanted in place of another type', value: 5, problems: ['the value is 5, a map is needed'] },
    { name: 'speaks of null as null', value: null, problems: ['the value is null, a map is needed'] },
    {
      name: 'says everything about a number at once',
      value: { reason: 'late', score: 'high' },
      problems: ['"score" is "high", a number from 0 to 1 is needed'],
    },
    {
      name: 'says once what several keywords find',
      value: { reason: 7, score: 2, label: 'hug' },
      problems: [
        '"reason" is 7, a text of 3 to 10 characters is needed',
        '"score" is 2, a number from 0 to 1 is needed',
        '"label" is "hug", "bug", "spam", 3 or null is needed',
      ],
    },
    {
      name: 'leads to values inside',
      value: { reason: 'late', tags: ['a', 3], address: { lines: ['x', 4] } },
      problems: ['"tags[1]" is 3, a text is needed', '"address.lines[1]" is 4, a text is needed'],
    },
    {
      name: 'names items that are the same',
      value: { reason: 'late', tags: ['a', 'a'] },
      problems: ['"tags[1]" is the same as "tags[0]", different items are needed'],
    },
    {
      name: 'counts items',
      value: { reason: 'late', tags: [] },
      problems: ['"tags" is a list, a list of 1 to 2 items is needed'],
    },
    { name: 'refuses what is not declared', value: { reason: 'late', extra: 1 }, problems: ['"extra" is not allowed'] },
    {
      name: 'names all types that are allowed',
      value: { reason: 'late', address: 'here' },
      problems: ['"address" is "here", a map or null is needed'],
    },
    {
      name: 'counts characters, not their halves',
      schema: { maxLength: 2, minLength: 2 },
      value: '🦉🦉',
      problems: [],
    },
    {
      name: 'bounds texts whatever else is allowed',
      schema: { maxLength: 1 },
      value: 'ab',
      problems: ['the value is "ab", a text of at most 1 character is needed'],
    },
    {
      name: 'bounds maps',
      schema: { minProperties: 2 },
      value: { a: 1 },
      problems: ['the value is a map, a map of at least 2 keys is needed'],
    },
    {
      name: 'knows open bounds and factors',
      schema: { type: 'integer', exclusiveMinimum: 0, exclusiveMaximum: 9, multipleOf: 3 },
      value: 0,
      problems: ['the value is 0, a whole number above 0 and below 9 and divisible by 3 is needed'],
    },
    {
      name: 'knows one-sided bounds',
      schema: { items: { minimum: 3 }, prefixItems: [{ maximum: 3, type: 'number' }] },
      value: [4, 2],
      problems: ['"[1]" is 2, a number of at least 3 is needed', '"[0]" is 4, a number of at most 3 is needed'],
    },
    {
      name: 'compares maps whatever the order of their keys',
      schema: { enum: [{ a: 1, b: [2] }] },
      value: { b: [2], a: 1 },
      problems: [],
    },
    {
      name: 'shows a constant that is a map',
      schema: { const: { a: 1 } },
      value: { a: 2 },
      problems: ['the value is a map, {"a":1} is needed'],
    },
    {
      name: 'cuts long constants and long lists of values',
      schema: { properties: { a: { const: 'x'.repeat(80) }, b: { enum: Array.from({ length: 12 }, (_, at) => at) } } },
      value: { a: 1, b: 13 },
      problems: [
        `"a" is 1, "${'x'.repeat(59)}… is needed`,
        '"b" is 13, one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more is needed',
      ],
    },
    { name: 'refuses what no value meets', schema: { items: false }, value: [1], problems: ['"[0]" is not allowed'] },
    {
      name: 'says of which forms a value is none',
      schema: { anyOf: [{ type: 'string' }, { type: 'integer', minimum: 1 }] },
      value: true,
      problems: ['the value is true, a text or a whole number of at least 1 is needed'],
    },
    {
      name: 'says what is wrong with the form that was meant',
      schema: { anyOf: [{ type: 'null' }, { type: 'object', required: ['a'] }] },
      value: {},
      problems: ['"a" is missing'],
    },
    {
      name: 'has no words for forms that are told apart by their keys',
      schema: { oneOf: [{ required: ['a'] }, { required: ['b'] }, false] },
      value: {},
      problems: ['the value is a map, another form is needed'],
    },
    {
      name: 'refuses a value that is of two forms at once',
      schema: { oneOf: [{ type: 'number' }, { type: 'integer' }] },
      value: 1,
      problems: ['the value fits 2 of the forms that it may have, exactly one is needed'],
    },
    {
      name: 'takes every part of allOf',
      schema: { allOf: [{ minimum: 3 }, { multipleOf: 2 }] },
      value: 1,
      problems: [
        'the value is 1, a number of at least 3 is needed',
        'the value is 1, a number divisible by 2 is needed',
      ],
    },
    {
      name: 'refuses what must not be',
      schema: { not: { const: 1 } },
      value: 1,
      problems: ['the value is 1, which is not allowed'],
    },
    {
      name: 'asks for more where a condition holds',
      schema: IN_BRANCHES,
      value: { a: 1 },
      problems: ['"b" is missing'],
    },
    {
      name: 'and for something else where it does not',
      schema: IN_BRANCHES,
      value: {},
      problems: ['"c" is missing'],
    },
    {
      name: 'says because of which key another is missing',
      schema: { properties: { a: { dependentRequired: { b: ['c'], d: ['e'] } } } },
      value: { a: { b: 1 } },
      problems: ['"a.c" is missing: "a.b" needs it'],
    },
    {
      name: 'tells ten problems at most',
      schema: { items: { type: 'string' } },
      value: Array.from({ length: 20 }, () => 1),
      problems: Array.from({ length: 10 }, (_, index) => `"[${index}]" is 1, a text is needed`),
    },
    {
      name: 'shows long and odd keys so that they harm nobody',
      schema: { additionalProperties: false },
      value: { [`${'k'.repeat(70)}\n`]: 1 },
      problems: [`"${'k'.repeat(60)}…" is not allowed`],
    },
  ] satisfies { name: string; schema?: JsonSchema; value: Json; problems: string[] }[] as readonly Row[]) {
    it(name, () => assert.deepEqual(formProblems(value, schema), problems));
  }

  it('does not look into what is nested too deep', () => {
    const deep = JSON.parse(`${'['.repeat(20_000)}${']'.repeat(20_000)}`) as Json;
    assert.deepEqual(formProblems(deep, true), ['the value is nested more than 100 deep']);
  });

  for (const { name, schema, value } of [
    {
      name: 'a long list of values',
      schema: { items: { minimum: 0 } },
      value: Array.from({ length: 60_000 }, () => 1),
    },
    {
      name: 'a long map and many that it may be',
      schema: { enum: Array.from({ length: 1000 }, (_, at) => ({ at })) },
      value: { text: 'x'.repeat(1_000_000) },
    },
    {
      name: 'a long text and many bounds of it',
      schema: { allOf: Array.from({ length: 1000 }, () => ({ maxLength: 5_000_000 })) },
      value: 'x'.repeat(1_000_000),
    },
    {
      name: 'many keys that many maps must have',
      schema: { items: { required: Array.from({ length: 1000 }, (_, at) => `k${at}`) } },
      value: Array.from({ length: 1000 }, () => ({})),
    },
    {
      name: 'long items that all are alike but for their ends',
      schema: { uniqueItems: true },
      value: Array.from({ length: 100 }, (_, at) => `${'x'.repeat(100_000)}${at}`),
    },
  ] satisfies { name: string; schema: JsonSchema; value: Json }[]) {
    // What goes on for ever would not end within the time that a test has.
    it(`gives up on ${name}`, () => {
      assert.deepEqual(formProblems(value, schema), ['the value is too large to be checked']);
    });
  }

  it('comes to the same verdict as ajv', () => {
    let valid = 0;
    const runs = 5000;
    fc.assert(
      fc.property(schemas(4), values(3), (schema, value) => {
        const isValid = verdictOfAjv(value, schema as JsonSchema);
        fc.pre(isValid !== undefined);
        if (isValid) valid += 1;
        assert.equal(formProblems(value, schema as JsonSchema).length === 0, isValid);
      }),
      { numRuns: runs },
    );
    // Both verdicts must have been tried often.
    assert.ok(valid > runs / 10 && valid < (runs * 9) / 10, `${valid} of ${runs} were valid`);
  });

  it('was tried with every keyword', () => {
    const seen = new Set(fc.sample(schemas(4), 2000).flatMap((schema) => [...keywordsOf(schema)]));
    assert.deepEqual(
      [...FORM_KEYWORDS].filter((keyword) => !seen.has(keyword)),
      [],
    );
  });
});

/** ajv makes code for some conditions with lists in them that does not run; there it has no verdict. */
function verdictOfAjv(value: Json, schema: JsonSchema): boolean | undefined {
  try {
    return compileValidator(schema)(value);
  } catch (error) {
    if (error instanceof ReferenceError) return undefined;
    throw error;
  }
}

interface Row {
  readonly name: string;
  readonly schema?: JsonSchema;
  readonly value: Json;
  readonly problems: readonly string[];
}

function keywordsOf(schema: Json): Set<string> {
  const texts = JSON.stringify(schema).matchAll(/"(\w+)":/g);
  return new Set(Array.from(texts, ([, word]) => word as string));
}

const KEYS = ['a', 'b', 'c'] as const;

/** Few different values, so that they often meet what schemas want. */
function scalars(): fc.Arbitrary<Json> {
  return fc.oneof(
    fc.constantFrom<Json>(null, true, false, '', 'a', 'ab', '🦉', 'a🦉b', '\ud83d', -0, 0),
    fc.integer({ min: -3, max: 6 }),
    fc.constantFrom(0.5, -1.5, 1e-7, 0.3, 1e9),
  );
}

function values(depth: number): fc.Arbitrary<Json> {
  if (depth === 0) return scalars();
  const inner = values(depth - 1);
  return fc.oneof(
    { weight: 2, arbitrary: scalars() },
    { weight: 2, arbitrary: fc.array(inner, { maxLength: 3 }) },
    { weight: 3, arbitrary: maps(inner) },
  );
}

function maps<T extends Json>(of: fc.Arbitrary<T>): fc.Arbitrary<Readonly<Record<string, T>>> {
  return fc.dictionary(fc.constantFrom(...KEYS), of, { maxKeys: 3, noNullPrototype: true });
}

/** At most three keywords: with more, nothing would ever be valid. */
function schemas(depth: number): fc.Arbitrary<Json> {
  const keywords = depth === 0 ? LEAVES : { ...LEAVES, ...structure(schemas(depth - 1)) };
  const entries = Object.entries(keywords).map(([keyword, value]) => fc.tuple(fc.constant(keyword), value));
  const schema = fc.array(fc.oneof(...entries), { minLength: 1, maxLength: 3 });
  return fc.oneof(
    { weight: 1, arbitrary: fc.boolean() },
    { weight: 9, arbitrary: schema.map((pairs): Json => Object.fromEntries(pairs)) },
  );
}

function structure(inner: fc.Arbitrary<Json>): Readonly<Record<string, fc.Arbitrary<Json>>> {
  const several = fc.array(inner, { minLength: 1, maxLength: 3 });
  return {
    properties: maps(inner),
    required: KEY_LISTS,
    additionalProperties: inner,
    dependentRequired: maps(KEY_LISTS),
    items: inner,
    prefixItems: several,
    uniqueItems: fc.boolean(),
    allOf: several,
    anyOf: several,
    oneOf: several,
    not: inner,
    ...Object.fromEntries(['if', 'then', 'else'].map((keyword) => [keyword, inner])),
  };
}

const KEY_LISTS = fc.uniqueArray(fc.constantFrom(...KEYS), { maxLength: 2 });
const TYPES = fc.constantFrom('string', 'number', 'integer', 'boolean', 'null', 'array', 'object');
const COUNTS = fc.integer({ min: 0, max: 3 });
const NUMBERS = fc.oneof(fc.integer({ min: -3, max: 6 }), fc.constantFrom(0.5, 1e-7));

const LEAVES: Readonly<Record<string, fc.Arbitrary<Json>>> = {
  type: fc.oneof(TYPES, fc.uniqueArray(TYPES, { minLength: 1, maxLength: 4 })),
  enum: fc.uniqueArray(values(2), { minLength: 1, maxLength: 4, selector: (value) => JSON.stringify(value) }),
  const: values(2),
  minLength: COUNTS,
  maxLength: COUNTS,
  minItems: COUNTS,
  maxItems: COUNTS,
  minProperties: COUNTS,
  maxProperties: COUNTS,
  minimum: NUMBERS,
  maximum: NUMBERS,
  exclusiveMinimum: NUMBERS,
  exclusiveMaximum: NUMBERS,
  multipleOf: fc.constantFrom(1, 2, 0.5, 0.1, 1e-7),
};

describe('formSample', () => {
  for (const { name, schema, expected } of [
    { name: 'a text where anything goes', schema: true, expected: '…' },
    { name: 'what is required of a map', schema: FORM, expected: { reason: '………' } },
    { name: 'the only value', schema: { const: null }, expected: null },
    { name: 'the first value', schema: { enum: ['a', 'b'] }, expected: 'a' },
    { name: 'the first of several forms', schema: { anyOf: [{ type: 'integer' }, { type: 'null' }] }, expected: 0 },
    { name: 'null', schema: { type: 'null' }, expected: null },
    { name: 'true', schema: { type: 'boolean' }, expected: true },
    { name: 'the least number', schema: { type: 'number', minimum: 2.5 }, expected: 2.5 },
    { name: 'the greatest number', schema: { type: 'number', maximum: -2 }, expected: -2 },
    { name: 'one next to a limit', schema: { type: 'integer', exclusiveMinimum: 2, exclusiveMaximum: 9 }, expected: 3 },
    { name: 'one below a limit', schema: { type: 'integer', exclusiveMaximum: 0 }, expected: -1 },
    { name: 'an empty list', schema: { type: 'array' }, expected: [] },
    {
      name: 'so many items',
      schema: { type: 'array', items: { type: 'boolean' }, minItems: 2 },
      expected: [true, true],
    },
    { name: 'an empty map where nothing is required', schema: { type: 'object' }, expected: {} },
    { name: 'items of any kind', schema: { type: 'array', minItems: 1 }, expected: ['…'] },
    { name: 'fields that are not described', schema: { required: ['a'], type: 'object' }, expected: { a: '…' } },
    { name: 'nothing of what it does not see through', schema: { not: { type: 'string' } }, expected: undefined },
    { name: 'nothing of what is long', schema: { type: 'string', minLength: 1000 }, expected: undefined },
    { name: 'nothing of many items', schema: { type: 'array', minItems: 1e9 }, expected: undefined },
    {
      name: 'nothing of what is deep',
      schema: JSON.parse(
        `${'{"type":"array","minItems":1,"items":'.repeat(5)}{"type":"null"}${'}'.repeat(5)}`,
      ) as JsonObject,
      expected: undefined,
    },
  ] as { name: string; schema: JsonSchema; expected: Json | undefined }[]) {
    it(`gives ${name}`, () => assert.deepEqual(formSample(schema), expected));
  }
});
