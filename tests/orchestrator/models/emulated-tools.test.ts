import assert from 'node:assert/strict';
import {
  CALLS_MAX,
  callsText,
  emulatedSchema,
  emulationInWords,
  readEmulated,
} from '../../../activities/models/emulated-tools.ts';
import type { Opening } from '../../../activities/models/transcript.ts';
import { compileJsonSchema } from '../../../src/pipeline/json-schema.ts';
import type { Json, JsonObject } from '../../../src/pipeline/json.ts';

const READ = {
  tool: 'fs.read',
  description: 'Reads a file.',
  input: {
    type: 'object',
    properties: { path: { type: 'string', pattern: '^a', description: 'Where' } },
    required: ['path'],
  },
};
const NOW = {
  tool: 'clock.now',
  description: 'Says the time.',
  input: { type: 'object', properties: {}, required: [] },
};

const faultsOf = (opening: Opening, value: Json): readonly string[] =>
  compileJsonSchema(emulatedSchema(opening))(value);

describe('emulatedSchema', () => {
  for (const { name, value, fits } of [
    { name: 'a call', value: { calls: [{ tool: 'fs.read', input: { path: 'a' } }] }, fits: true },
    {
      name: 'calls of several tools',
      value: {
        calls: [
          { tool: 'clock.now', input: {} },
          { tool: 'fs.read', input: { path: 'b' } },
        ],
      },
      fits: true,
    },
    { name: 'an answer', value: { answer: 'yes' }, fits: true },
    { name: 'a tool that there is not', value: { calls: [{ tool: 'fs.write', input: {} }] }, fits: false },
    { name: 'the input of another tool', value: { calls: [{ tool: 'fs.read', input: {} }] }, fits: false },
    { name: 'no calls', value: { calls: [] }, fits: false },
    {
      name: 'too many calls',
      value: { calls: Array.from({ length: CALLS_MAX + 1 }, () => ({ tool: 'clock.now', input: {} })) },
      fits: false,
    },
    { name: 'an answer that is no text', value: { answer: 5 }, fits: false },
    { name: 'both', value: { calls: [{ tool: 'clock.now', input: {} }], answer: 'yes' }, fits: false },
    { name: 'neither', value: {}, fits: false },
  ] as readonly { name: string; value: Json; fits: boolean }[]) {
    it(`${fits ? 'lets through' : 'refuses'} ${name}`, () => {
      assert.equal(faultsOf({ tools: [READ, NOW] }, value).length === 0, fits);
    });
  }

  it('lets one call at a time through where some change something', () => {
    const call = { tool: 'clock.now', input: {} };
    const opening = { tools: [NOW], isOneByOne: true } as const;
    assert.deepEqual(faultsOf(opening, { calls: [call] }), []);
    assert.notDeepEqual(faultsOf(opening, { calls: [call, call] }), []);
  });

  it('leaves out what grammars do not know, and fields of that name in', () => {
    const text = JSON.stringify(
      emulatedSchema({
        tools: [{ ...READ, input: { properties: { pattern: { type: 'string' }, any: { description: 'x' } } } }],
      }),
    );
    assert.ok(text.includes('"properties":{"pattern":{"type":"string"},"any":{}}'), text);
    assert.ok(!JSON.stringify(emulatedSchema({ tools: [READ] })).includes('^a'));
  });

  it('keeps references inside the schemas that they stand in', () => {
    const tree: JsonObject = {
      $ref: '#/$defs/node',
      $defs: { node: { type: 'object', properties: { next: { $ref: '#/$defs/node' } }, additionalProperties: false } },
    };
    const itself: JsonObject = { type: 'object', properties: { inner: { $ref: '#' } }, additionalProperties: false };
    const opening = { tools: [{ ...NOW, input: tree }], outputSchema: itself };
    for (const value of [
      { calls: [{ tool: 'clock.now', input: { next: { next: {} } } }] },
      { answer: { inner: { inner: {} } } },
    ]) {
      assert.deepEqual(faultsOf(opening, value), []);
    }
    assert.notDeepEqual(faultsOf(opening, { calls: [{ tool: 'clock.now', input: { next: { other: 1 } } }] }), []);
    assert.notDeepEqual(faultsOf(opening, { answer: { inner: { other: 1 } } }), []);
  });
});

describe('emulatedSchema of a schema whose references stand in lists', () => {
  const choice: JsonObject = {
    anyOf: [{ $ref: '#/$defs/a' }, { const: 'none' }],
    $defs: { a: { type: 'object', properties: { a: { type: 'integer' } }, required: ['a'] } },
  };
  for (const { value, fits } of [
    { value: { a: 1 }, fits: true },
    { value: 'none', fits: true },
    { value: { a: 'x' }, fits: false },
    { value: 'some', fits: false },
  ] as const) {
    it(`${fits ? 'lets through' : 'refuses'} ${JSON.stringify(value)}`, () => {
      assert.equal(faultsOf({ tools: [NOW], outputSchema: choice }, { answer: value }).length === 0, fits);
    });
  }

  it('leaves references alone that lead elsewhere, and fields of that name', () => {
    const outputSchema: JsonObject = {
      type: 'object',
      properties: { $ref: { type: 'string' }, own: { $ref: '#' }, other: { $ref: 'https://example.com/schema' } },
    };
    const { $defs } = emulatedSchema({ tools: [NOW], outputSchema }) as { $defs: { answer: JsonObject } };
    assert.deepEqual($defs.answer['properties'], {
      $ref: { type: 'string' },
      own: { $ref: '#/$defs/answer' },
      other: { $ref: 'https://example.com/schema' },
    });
  });
});

describe('readEmulated', () => {
  for (const { name, value, read } of [
    {
      name: 'numbers calls by turn and place',
      value: { calls: [{ tool: 'a', input: { b: 1 } }, { tool: 'a' }] },
      read: {
        calls: [
          { id: 'call-3-0', tool: 'a', input: { b: 1 } },
          { id: 'call-3-1', tool: 'a', input: {} },
        ],
      },
    },
    {
      name: 'takes a name that is none for text',
      value: { calls: [{ tool: 5 }] },
      read: { calls: [{ id: 'call-3-0', tool: '5', input: {} }] },
    },
    {
      name: 'takes a call without a name for one of a tool that there is not',
      value: { calls: [{ input: 1 }] },
      read: { calls: [{ id: 'call-3-0', tool: '', input: 1 }] },
    },
    { name: 'finds an answer', value: { answer: { a: 1 } }, read: { answer: { a: 1 } } },
    { name: 'finds an answer that is null', value: { answer: null }, read: { answer: null } },
    { name: 'finds nothing in a list', value: [1], read: undefined },
    { name: 'finds nothing in other fields', value: { text: 'a' }, read: undefined },
    { name: 'finds nothing in calls that are none', value: { calls: ['a'] }, read: undefined },
  ] as readonly { name: string; value: Json; read: unknown }[]) {
    it(name, () => assert.deepEqual(readEmulated(value, 3), read));
  }

  it('reads what is written for the next turn', () => {
    const calls = [{ id: 'call-1-0', tool: 'fs.read', input: { path: 'a' } }];
    assert.deepEqual(readEmulated(JSON.parse(callsText(calls)) as Json, 1), { calls });
  });
});

describe('emulationInWords', () => {
  it('names every tool with its whole schema', () => {
    const text = emulationInWords({ tools: [READ, NOW] });
    assert.ok(
      text.includes(
        '- fs.read: Reads a file. Input: {"type":"object","properties":{"path":{"type":"string","pattern":"^a"',
      ),
    );
    assert.ok(text.includes('- clock.now: Says the time. Input: {'));
  });
});
