import assert from 'node:assert/strict';
import { z } from 'zod';
import type { CheckContext } from '../../../activities/quality/check.ts';
import { checks } from '../../../activities/quality/checks.ts';
import { compileJsonSchema } from '../../../src/pipeline/json-schema.ts';
import type { Json, JsonObject } from '../../../src/pipeline/json.ts';

const CONTEXT: CheckContext = { signal: new AbortController().signal };

function checkNamed(name: string) {
  const check = checks.find((each) => each.name === name);
  assert.ok(check);
  return check;
}

async function judge(
  name: string,
  subject: Json,
  { context = CONTEXT, ...given }: { options: Json; context?: CheckContext },
) {
  const check = checkNamed(name);
  return check.run(subject, check.options.parse(given.options), context);
}

describe('checks', () => {
  it('are those of the documentation, each once', () => {
    assert.deepEqual(
      checks.map(({ name }) => name),
      ['expect', 'schema', 'length', 'matches', 'contains', 'similar_to', 'no_secrets', 'no_pii'],
    );
  });

  for (const { name, description, options, example } of checks) {
    describe(name, () => {
      it('says when it holds', () => assert.match(description, /^Holds when [^\n]{10,150}\.$/));

      it('has an example that it takes, unless that is an expression', () => {
        if (typeof example === 'string' && example.startsWith('${{')) return;
        options.parse(example);
      });

      it('has a JSON Schema of its options, which its example fits', () => {
        const schema = z.toJSONSchema(options, { io: 'input' }) as JsonObject;
        const faults = compileJsonSchema(schema)(name === 'expect' ? true : example);
        assert.deepEqual(faults, []);
      });

      for (const value of [null, [], 7, { no_such_key: 1, unit: 'words', min: 'x' }]) {
        it(`refuses the options ${JSON.stringify(value)}`, () => {
          assert.equal(
            options.safeParse(value).success,
            name === 'schema' && typeof value === 'object' && value !== null && !Array.isArray(value),
          );
        });
      }
    });
  }
});

describe('expect', () => {
  const context = { ...CONTEXT, expression: 'output.confidence >= 0.6' };

  it('passes what is true, and quotes the expression', async () => {
    assert.deepEqual(await judge('expect', {}, { options: true, context }), {
      passed: true,
      score: 1,
      reason: 'As expected, "output.confidence >= 0.6" is true',
    });
  });

  it('fails what is false, and quotes the output', async () => {
    assert.deepEqual(await judge('expect', { confidence: 0.4 }, { options: false, context }), {
      passed: false,
      score: 0,
      reason: 'Expected "output.confidence >= 0.6", which is false; the output is "{\\"confidence\\":0.4}"',
    });
  });

  it('quotes no more than the beginning of a long output', async () => {
    const { reason } = await judge('expect', 'x'.repeat(10_000), { options: false, context });
    assert.equal(reason, `Expected "output.confidence >= 0.6", which is false; the output is "${'x'.repeat(200)}" …`);
  });

  it('judges a constant as well', async () => {
    assert.equal(
      (await judge('expect', 'a', { options: false })).reason,
      'Expected "false", which is false; the output is "a"',
    );
  });
});

describe('schema', () => {
  for (const { name, schema, subject, passed, reason } of [
    {
      name: 'a fitting map',
      schema: { type: 'object', required: ['a'] },
      subject: { a: 1 },
      passed: true,
      reason: 'The output fits its schema',
    },
    { name: 'anything', schema: true, subject: null, passed: true, reason: 'The output fits its schema' },
    {
      name: 'a wrong type',
      schema: { type: 'number' },
      subject: 'x',
      passed: false,
      reason: 'The output does not fit its schema: the value must be number; it is "x"',
    },
    {
      name: 'a wrong field',
      schema: { properties: { label: { enum: ['a', 'b'] } } },
      subject: { label: 'c' },
      passed: false,
      reason: /: \/label must be equal to one of the allowed values.*; it is "\{\\"label\\":\\"c\\"\}"$/,
    },
    {
      name: 'a wrong format',
      schema: { format: 'date' },
      subject: '2025-13-01',
      passed: false,
      reason: /must match format/,
    },
    {
      name: 'a pattern of linear time',
      schema: { pattern: '^(a+)+$' },
      subject: `${'a'.repeat(5000)}b`,
      passed: false,
      reason: /must match pattern/,
    },
  ]) {
    it(`${passed ? 'passes' : 'fails'} ${name}`, async () => {
      const verdict = await judge('schema', subject, { options: schema });
      assert.equal(verdict.passed, passed);
      assert.equal(verdict.score, passed ? 1 : 0);
      if (reason instanceof RegExp) assert.match(verdict.reason, reason);
      else assert.equal(verdict.reason, reason);
    });
  }

  it('bounds what it quotes of many and long faults', async () => {
    const properties = Object.fromEntries(
      Array.from({ length: 50 }, (_, at) => [`${'k'.repeat(500)}${at}`, { type: 'string' }]),
    );
    const subject = Object.fromEntries(Object.keys(properties).map((key) => [key, 1]));
    const { reason } = await judge('schema', subject, { options: { properties } });
    assert.ok(reason.length < 1600, `${reason.length} characters`);
  });

  it('cannot judge by what is no JSON Schema', async () => {
    for (const schema of [{ type: 'text' }, { $ref: 'https://example.com/schema.json' }, { pattern: '(?=x)' }]) {
      await assert.rejects(() => judge('schema', 1, { options: schema }), { code: 'SCHEMA_INVALID' });
    }
  });
});

describe('length', () => {
  for (const { subject, options, passed, score, reason } of [
    {
      subject: 'abcde',
      options: { min: 5, max: 5 },
      passed: true,
      score: 1,
      reason: 'The text has 5 characters; 5 to 5 are allowed',
    },
    {
      subject: '',
      options: { max: 0 },
      passed: true,
      score: 1,
      reason: 'The text has 0 characters; at most 0 are allowed',
    },
    {
      subject: '',
      options: { min: 0 },
      passed: true,
      score: 1,
      reason: 'The text has 0 characters; at least 0 are allowed',
    },
    {
      subject: '',
      options: { min: 1 },
      passed: false,
      score: 0,
      reason: 'The text has 0 characters; at least 1 are allowed',
    },
    {
      subject: 'abcde',
      options: { min: 10 },
      passed: false,
      score: 0.5,
      reason: 'The text has 5 characters; at least 10 are allowed',
    },
    {
      subject: 'abcdefghi',
      options: { min: 10, pass: 0.9 },
      passed: true,
      score: 0.9,
      reason: 'The text has 9 characters; at least 10 are allowed',
    },
    {
      subject: 'abcdefgh',
      options: { max: 4 },
      passed: false,
      score: 0.5,
      reason: 'The text has 8 characters; at most 4 are allowed',
    },
    {
      subject: 'abcdefgh',
      options: { min: 1, max: 2 },
      passed: false,
      score: 0.25,
      reason: 'The text has 8 characters; 1 to 2 are allowed',
    },
    {
      subject: 'a😀ü',
      options: { max: 3 },
      passed: true,
      score: 1,
      reason: 'The text has 3 characters; at most 3 are allowed',
    },
    {
      subject: "It's a well-kept dog. 3.5 times!",
      options: { max: 8, unit: 'words' },
      passed: true,
      score: 1,
      reason: 'The text has 7 words; at most 8 are allowed',
    },
    {
      subject: '今日は良い天気です',
      options: { min: 3, unit: 'words' },
      passed: true,
      score: 1,
      reason: /^The text has [3-6] words/,
    },
    {
      subject: 'hello world',
      options: { max: 2, unit: 'tokens' },
      passed: true,
      score: 1,
      reason: 'The text has 2 tokens; at most 2 are allowed',
    },
    {
      subject: '<|endoftext|>',
      options: { min: 3, unit: 'tokens' },
      passed: true,
      score: 1,
      reason: 'The text has 7 tokens; at least 3 are allowed',
    },
    {
      subject: { a: [1] },
      options: { max: 9 },
      passed: true,
      score: 1,
      reason: 'The text has 9 characters; at most 9 are allowed',
    },
  ]) {
    it(`${passed ? 'passes' : 'fails'} ${JSON.stringify(subject)} for ${JSON.stringify(options)}`, async () => {
      const verdict = await judge('length', subject, { options });
      assert.deepEqual({ passed: verdict.passed, score: verdict.score }, { passed, score });
      if (reason instanceof RegExp) assert.match(verdict.reason, reason);
      else assert.equal(verdict.reason, reason);
    });
  }

  for (const { options, message } of [
    { options: {}, message: 'Cannot check a length: min or max is needed' },
    { options: { unit: 'words' }, message: 'Cannot check a length: min or max is needed' },
    { options: { min: 2, max: 1 }, message: 'Cannot check a length: min 2 is more than max 1' },
  ]) {
    it(`cannot judge by ${JSON.stringify(options)}`, async () => {
      await assert.rejects(judge('length', 'x', { options }), { code: 'VALUE_INVALID', message });
    });
  }

  it('refuses options without min and max by the JSON Schema of its card', () => {
    const faultsOf = compileJsonSchema(z.toJSONSchema(checkNamed('length').options, { io: 'input' }) as JsonObject);
    assert.ok(faultsOf({ unit: 'words' }).length > 0);
    assert.deepEqual([faultsOf({ min: 1 }), faultsOf({ max: 1, unit: 'words' })], [[], []]);
  });

  for (const { name, text, unit, count } of [
    { name: 'long prose', text: 'hello world, this is a text. '.repeat(10_000), unit: 'words', count: 60_000 },
    { name: 'long prose', text: 'hello world, this is a text. '.repeat(10_000), unit: 'tokens', count: 80_001 },
    { name: 'characters outside the basic plane', text: '😀'.repeat(30_000), unit: 'characters', count: 30_000 },
    { name: 'lines', text: 'a\n'.repeat(30_000), unit: 'words', count: 30_000 },
  ]) {
    it(`counts the ${unit} of ${name} exactly, though it cuts it`, async () => {
      const verdict = await judge('length', text, { options: { max: count, unit } });
      assert.ok(verdict.passed, verdict.reason);
      assert.ok(!(await judge('length', text, { options: { max: count - Math.ceil(count / 1000), unit } })).passed);
    });
  }

  for (const { name, text } of [
    { name: 'a word', text: 'a' },
    { name: 'Chinese', text: '漢字' },
    { name: 'spaces', text: ' ' },
    { name: 'line breaks', text: '\n' },
    { name: 'random letters', text: 'qzjxvkwpgy' },
  ]) {
    it(`takes no more than linear time for ${name} of 200,000 characters`, async () => {
      const started = performance.now();
      await judge('length', text.repeat(200_000 / text.length), { options: { max: 1, unit: 'tokens' } });
      assert.ok(performance.now() - started < 60_000);
    });
  }

  it('lets others work meanwhile, and ends when it is cancelled', async () => {
    const cancelled = new AbortController();
    setImmediate(() => cancelled.abort());
    const counting = judge('length', 'word '.repeat(1_000_000), {
      options: { max: 1, unit: 'words' },
      context: { signal: cancelled.signal },
    });
    await assert.rejects(counting, { name: 'AbortError' });
  });
});

describe('matches', () => {
  for (const { subject, options, passed, reason } of [
    {
      subject: 'Dear Ms Smith',
      options: '^Dear (Ms|Mr) \\w+',
      passed: true,
      reason: 'The text matches "^Dear (Ms|Mr) \\\\w+"',
    },
    { subject: 'in the middle', options: { pattern: 'the' }, passed: true, reason: 'The text matches "the"' },
    { subject: 'Hello', options: '(?i)^hello$', passed: true, reason: 'The text matches "(?i)^hello$"' },
    {
      subject: 'Hello',
      options: '^hello$',
      passed: false,
      reason: 'No part of the text matches "^hello$"; the text is "Hello"',
    },
    {
      subject: 'x'.repeat(1000),
      options: 'y',
      passed: false,
      reason: `No part of the text matches "y"; the text is "${'x'.repeat(200)}" …`,
    },
    { subject: { a: 1 }, options: '"a":1', passed: true, reason: 'The text matches "\\"a\\":1"' },
  ]) {
    it(`${passed ? 'passes' : 'fails'} ${JSON.stringify(subject).slice(0, 40)} for ${JSON.stringify(options)}`, async () => {
      assert.deepEqual(await judge('matches', subject, { options }), { passed, score: passed ? 1 : 0, reason });
    });
  }

  for (const pattern of ['(', '(?=x)', '(a)\\1', 'a{1001}', '(((a{30}){30}){30}){30}', 'x'.repeat(1001)]) {
    it(`cannot judge by ${JSON.stringify(pattern).slice(0, 30)}`, async () => {
      await assert.rejects(async () => judge('matches', 'x', { options: pattern }), {
        code: 'VALUE_INVALID',
        message: /^Cannot use a pattern: /,
      });
    });
  }

  it('takes linear time where other engines take all the time there is', async () => {
    const started = performance.now();
    for (const pattern of ['(a+)+$', '(a|aa)+$', '(.*)(.*)(.*)(.*)[0-9]']) {
      assert.equal((await judge('matches', `${'a'.repeat(1_000_000)}b`, { options: pattern })).passed, false);
    }
    assert.ok(performance.now() - started < 60_000);
  });
});

describe('contains', () => {
  for (const { subject, options, passed, score, reason } of [
    { subject: 'a refund', options: 'refund', passed: true, score: 1, reason: 'The text contains "refund"' },
    {
      subject: 'a refund',
      options: 'Refund',
      passed: false,
      score: 0,
      reason: 'The text does not contain "Refund"; it is "a refund"',
    },
    {
      subject: 'A REFUND',
      options: { any: ['refund', 'money'], ignore_case: true },
      passed: true,
      score: 1,
      reason: 'The text contains "refund"',
    },
    {
      subject: 'nothing',
      options: { any: ['refund', 'money'] },
      passed: false,
      score: 0,
      reason: 'The text does not contain "refund", "money"; it is "nothing"',
    },
    { subject: 'a b', options: { all: ['a', 'b'] }, passed: true, score: 1, reason: 'The text contains "a", "b"' },
    {
      subject: 'a',
      options: { all: ['a', 'b', 'c', 'd'] },
      passed: false,
      score: 0.25,
      reason: 'The text does not contain "b", "c", "d"; it is "a"',
    },
    {
      subject: 'a b c',
      options: { all: ['a', 'b', 'c', 'd'], pass: 0.75 },
      passed: true,
      score: 0.75,
      reason: 'The text does not contain "d"; a share of 0.75 is enough',
    },
    { subject: { label: 'bug' }, options: '"bug"', passed: true, score: 1, reason: 'The text contains "\\"bug\\""' },
    {
      subject: '',
      options: { all: ['1', '2', '3', '4', '5', '6', '7'] },
      passed: false,
      score: 0,
      reason: 'The text does not contain "1", "2", "3", "4", "5", 2 more; it is ""',
    },
    {
      subject: '',
      options: 'x'.repeat(100),
      passed: false,
      score: 0,
      reason: `The text does not contain "${'x'.repeat(80)}" …; it is ""`,
    },
  ]) {
    it(`${passed ? 'passes' : 'fails'} ${JSON.stringify(subject)} for ${JSON.stringify(options).slice(0, 50)}`, async () => {
      assert.deepEqual(await judge('contains', subject, { options }), { passed, score, reason });
    });
  }

  for (const options of ['', { all: [] }, { any: [''] }, { all: ['a'], any: ['b'] }, { ignore_case: true }, ['a']]) {
    it(`refuses the options ${JSON.stringify(options)}`, () => {
      const { error } = checkNamed('contains').options.safeParse(options);
      assert.ok(error !== undefined);
    });
  }
});
