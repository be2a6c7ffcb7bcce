import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { type ErrorCode, PipelineError } from '../../../src/errors.ts';
import { type CheckedExpression, checkExpression } from '../../../src/pipeline/expression-check.ts';
import { hostFunctions } from '../../../src/pipeline/expression-host.ts';
import { functionNames } from '../../../src/pipeline/expression/functions.ts';
import { FORMS } from '../../../src/pipeline/expression/forms.ts';
import type { Names, NameSchemas } from '../../../src/pipeline/expression/names.ts';
import { SIGNATURES } from '../../../src/pipeline/expression/signatures.ts';
import { EXPRESSION_VERSION, evaluateExpression } from '../../../src/pipeline/expression.ts';
import type { Json } from '../../../src/pipeline/json.ts';
import type { Expression } from '../../../src/pipeline/plan.ts';

const LABEL = { type: 'string', enum: ['billing', 'bug', 'spam'] };
const REVIEW = {
  type: 'object',
  properties: {
    label: LABEL,
    score: { type: 'number' },
    count: { type: 'integer' },
    tags: { type: 'array', items: { type: 'string' } },
    lines: {
      type: 'array',
      items: { type: 'object', properties: { sku: { type: 'string' }, price: { type: 'number' } } },
    },
    note: { type: ['string', 'null'] },
    rest: { type: 'object', additionalProperties: { type: 'integer' } },
    map: { type: 'object', additionalProperties: { type: 'integer' } },
    free: { type: 'object' },
    open: { type: 'object', properties: { a: { type: 'string' } }, additionalProperties: true },
    whole: { type: ['integer', 'number'] },
    either: { anyOf: [{ type: 'string' }, { type: 'null' }] },
    mixed: { anyOf: [{ type: 'string' }, { type: 'integer' }] },
    pair: { type: 'array', prefixItems: [{ type: 'string' }, { type: 'integer' }] },
  },
  required: ['label'],
  additionalProperties: false,
};

const SCHEMAS: NameSchemas = {
  'inputs.ticket': { type: 'string' },
  'inputs.n': { type: 'integer' },
  'inputs.x': { type: 'number' },
  'inputs.any': true,
  'inputs.flag': { type: 'boolean' },
  'vars.signature': { type: 'string' },
  'steps.review.output': REVIEW,
  'steps.review.status': { type: 'string', enum: ['done', 'failed', 'skipped'] },
  'steps.review.error': { type: 'object', properties: { code: { type: 'string' }, message: { type: 'string' } } },
  'steps.draft.output': { type: 'string' },
  'run.id': { type: 'string' },
  'run.started_at': { type: 'string', format: 'date-time' },
  output: true,
  previous: true,
  part: { type: 'string' },
  index: { type: 'integer' },
};
const NAMES: Names = { schemas: SCHEMAS };

const VALUES: Readonly<Record<string, Json>> = {
  'inputs.ticket': 'My invoice is wrong',
  'inputs.n': 7,
  'inputs.x': 7,
  'inputs.any': { n: 7, half: 0.5, list: [3, 1, 2], none: null, deep: { text: 'hé🎉' }, when: '2026-01-31T08:00:00Z' },
  'inputs.flag': true,
  'vars.signature': 'The team',
  'steps.review.output': {
    label: 'bug',
    score: 1,
    count: 3,
    tags: ['a', 'b'],
    lines: [
      { sku: 'x', price: 2 },
      { sku: 'y', price: 3 },
    ],
    rest: { one: 1, two: 2 },
    whole: 4,
    either: 'yes',
    mixed: 5,
    pair: ['p', 2],
  },
  'steps.review.status': 'done',
  'steps.review.error': null,
  'steps.draft.output': 'Dear customer',
  'run.id': 'run-1',
  'run.started_at': '2026-01-31T08:00:00.000Z',
  output: { score: 0.7, items: [1, 'two', null, { three: 3 }] },
  previous: null,
  part: 'first',
  index: 0,
};

function checked(source: string, names = NAMES): CheckedExpression & { ok: true } {
  const result = checkExpression(source, names);
  return result.ok ? result : assert.fail(`${source}: ${result.message}`);
}

function valueOf(source: string, values = VALUES): Json {
  return evaluateExpression(checked(source).expression, values, hostFunctions);
}

function failureOf(run: () => unknown): PipelineError {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof PipelineError, `not one of our errors: ${String(error)}`);
    return error;
  }
  return assert.fail('nothing was thrown');
}

describe('evaluateExpression', () => {
  const rows: readonly (readonly [source: string, expected: Json])[] = [
    // Constants
    ['null', null],
    ['true', true],
    ['42', 42],
    ['0x1F', 31],
    ['-5', -5],
    ['--5', 5],
    ['1.5', 1.5],
    ['1e3', 1000],
    ['-0.0', 0],
    ['"text"', 'text'],
    ['"\\u00e9\\n\\t\\x41"', 'é\n\tA'],
    ['r"\\d+"', '\\d+'],
    ['"""two\nlines"""', 'two\nlines'],
    ['9007199254740991', 9007199254740991],
    // Whole numbers and decimals
    ['7 / 2', 3],
    ['-7 / 2', -3],
    ['7 % 3', 1],
    ['-7 % 3', -1],
    ['7.0 / 2', 3.5],
    ['7 / 2.0', 3.5],
    ['5.5 % 2', 1.5],
    ['1 + 2 * 3', 7],
    ['(1 + 2) * 3', 9],
    ['10 - 2 - 3', 5],
    ['2.5 + 1', 3.5],
    ['2.5 * 2 - 0.5', 4.5],
    ['0.1 + 0.2 > 0.3', true],
    ['inputs.n / 2', 3],
    ['inputs.x / 2', 3.5],
    ['inputs.n + inputs.x', 14],
    ['inputs.any.n / 2', 3],
    ['inputs.any.half * 2 / 4', 0.25],
    ['steps.review.output.score / 2', 0.5],
    ['steps.review.output.whole / 8', 0.5],
    ['steps.review.output.lines[0].price / 4', 0.5],
    ['steps.review.output.lines.map(line, line.price / 4)', [0.5, 0.75]],
    ['sum(steps.review.output.lines.map(line, line.price)) / 2', 2.5],
    ['-inputs.x / 2', -3.5],
    ['{"a": 7.0}.a / 2', 3.5],
    ['steps.review.output.?score.orValue(0.0) / 2', 0.5],
    ['optional.of(inputs.x).value() / 2', 3.5],
    ['1 == 1.0', true],
    ['inputs.any.half == 0.5', true],
    ['3 in [1.0, 3.0]', true],
    ['1 < 1.5 && 1.5 <= 2 && 2 > 1.5 && 2.0 >= 2', true],
    // Text
    ['"a" + "b" + string(1)', 'ab1'],
    ['"a" < "b"', true],
    ['"B" < "a"', true],
    ['"hé🎉".size()', 3],
    ['size(inputs.any.deep.text)', 3],
    ['"a,b,,c".split(",")', ['a', 'b', '', 'c']],
    ['"a,b,c".split(",", 1)', ['a,b,c']],
    ['"a,b,c".split(",", 9)', ['a', 'b', 'c']],
    ['"hé🎉x".substring(2)', '🎉x'],
    ['"abc".substring(1, 99)', 'bc'],
    ['truncate("hé🎉x", 3)', 'hé🎉'],
    ['truncate("abc", 3, "...")', 'abc'],
    ['truncate("abcdef", 2, "...")', '..'],
    ['replace("aaa", "a", "bb")', 'bbbbbb'],
    ['replace("abc", "x", "y")', 'abc'],
    ['" x ".trim() + "|"', 'x|'],
    ['upper(inputs.ticket).contains("INVOICE")', true],
    ['join([1, null, true, {"a": 1}], "-")', '1--true-{"a":1}'],
    ['["a", "b"].join()', 'ab'],
    ['format("%s %d %f %.1f %%", ["x", 3, 0.5, 2.25])', 'x 3 0.500000 2.3 %'],
    ['format("%s", [[1, 2]])', '[1,2]'],
    ['json("a\\"b")', '"a\\"b"'],
    ['parse_json("{\\"a\\": {\\"b\\": 2}}").a.b + 1', 3],
    ['url_encode("ä/?&=")', '%C3%A4%2F%3F%26%3D'],
    ['string(1.0) + string(2.5) + string(true) + string(null)', '12.5true'],
    ['string({"a": [1]})', '{"a":[1]}'],
    // Lists
    ['[]', []],
    ['[1, "a", null, [2]]', [1, 'a', null, [2]]],
    ['[1, 2] + ["a"]', [1, 2, 'a']],
    ['[1, 2, 3][2]', 3],
    ['[1, 2, 3][1.0]', 2],
    ['[[1, 2], [3]].map(l, size(l))', [2, 1]],
    ['[1, 2, 3].map(i, i > 1, i * 10)', [20, 30]],
    ['[1, 2, 3].filter(i, i % 2 == 1)', [1, 3]],
    ['[1, 2, 3].all(i, i > 0)', true],
    ['[].all(i, false)', true],
    ['[1, 2, 3].exists(i, i > 2)', true],
    ['[].exists(i, true)', false],
    ['[1, 2, 2].exists_one(i, i == 2)', false],
    ['[1, 2, 3].exists_one(i, i == 2)', true],
    [
      '[1, 2].map(a, [10, 20].map(b, a * b))',
      [
        [10, 20],
        [20, 40],
      ],
    ],
    ['"b" in steps.review.output.tags', true],
    ['2 in [1, "2", null]', false],
    ['null in [1, null]', true],
    ['[1, [2, {"a": 3}]] == [1.0, [2, {"a": 3}]]', true],
    ['[1, 2] == [2, 1]', false],
    ['[1, 2] != [1, 2, 3]', true],
    ['sum([]) + sum([1, 2, 3])', 6],
    ['sum([0.5, 0.25])', 0.75],
    ['min("b", "a") + max(["x", "y"])', 'ay'],
    ['max([1, 2.5, 2])', 2.5],
    ['sort(["b", "a", "C"])', ['C', 'a', 'b']],
    ['sort([2.5, 1, 2])', [1, 2, 2.5]],
    ['sort([{"n": 2}, {"n": 1}], "n")', [{ n: 1 }, { n: 2 }]],
    ['sort([])', []],
    ['distinct([{"a": 1, "b": 2}, {"b": 2, "a": 1}, 1, 1.0, "1"])', [{ a: 1, b: 2 }, 1, '1']],
    ['flatten([1, [2, [3]], []])', [1, 2, [3]]],
    ['slice([1, 2, 3], 1)', [2, 3]],
    ['slice([1, 2, 3], 2, 1)', []],
    ['enumerate(steps.review.output.tags).map(e, e.value + string(e.index))', ['a0', 'b1']],
    ['range(2, 5)', [2, 3, 4]],
    ['range(5, 2)', []],
    // Maps
    ['{}', {}],
    ['{"a": 1, "b": {"c": [2]}}', { a: 1, b: { c: [2] } }],
    ['{"a": 1}["a"]', 1],
    ['{"a": 1}.map(key, key + "!")', ['a!']],
    ['"one" in steps.review.output.rest', true],
    ['dyn(1) in {"1": 2}', false],
    ['size(steps.review.output.rest)', 2],
    ['{"a": 1} == {"a": 1.0}', true],
    ['{"a": 1} == {"b": 1}', false],
    ['{"a": 1} == {"a": 1, "b": 2}', false],
    ['{inputs.ticket.substring(0, 2): 1}', { My: 1 }],
    ['inputs.any["no" + "ne"]', null],
    ['steps.review.output["label"]', 'bug'],
    ['steps["review"]["output"].tags[inputs.n - 6]', 'b'],
    // Whole maps
    ['vars', { signature: 'The team' }],
    ['run.id', 'run-1'],
    ['run', { id: 'run-1', started_at: '2026-01-31T08:00:00.000Z' }],
    ['inputs.ticket == inputs["ticket"]', true],
    ['size(inputs)', 5],
    // Conditions
    ['1 < 2 ? "yes" : 3', 'yes'],
    ['false ? 1 : null', null],
    ['true ? false ? 1 : 2 : 3', 2],
    ['!inputs.flag || inputs.flag', true],
    ['output.nope == 1 && false', false],
    ['false && output.nope == 1', false],
    ['output.nope == 1 || true', true],
    ['[1, 0].exists(i, 1 / i == 1)', true],
    ['[0, 1].all(i, 1 / i == 2)', false],
    ['true < false', false],
    // Null
    ['previous == null', true],
    ['null == null', true],
    ['null != "a"', true],
    ['inputs.ticket == null', false],
    ['coalesce(previous.draft.output, join(["a"]))', 'a'],
    ['coalesce(previous, inputs.any.none, inputs.any.nope, "last")', 'last'],
    ['coalesce(null, null)', null],
    ['coalesce(inputs.any.list[9], 0)', 0],
    ['coalesce(output.?score, 1.0)', 0.7],
    ['coalesce(false, true)', false],
    ['has(inputs.any.n)', true],
    ['has(inputs.any.none)', false],
    ['has(inputs.any.nope)', false],
    ['has(previous.draft.output)', false],
    ['has(inputs.any["n"])', true],
    ['has(steps.review.output.note)', false],
    ['has(output.?score)', true],
    // Optional values
    ['output.?score.orValue(0)', 0.7],
    ['output.?nope.orValue("none")', 'none'],
    ['output.?nope.?deeper.orValue(1)', 1],
    ['output.?nope.deeper.hasValue()', false],
    ['inputs.any.?deep.text.orValue("")', 'hé🎉'],
    ['output.items[?1].orValue("x")', 'two'],
    ['output.items[?9].orValue("x")', 'x'],
    ['previous.?anything.hasValue()', false],
    ['output.?nope.or(output.?score).value()', 0.7],
    ['output.?score.or(optional.none()).value()', 0.7],
    ['optional.none()', null],
    ['[optional.of(1), optional.none()]', [1, null]],
    ['output.?score == optional.of(0.7)', true],
    // Types
    ['type(1) + type(1.0) + type("") + type(true)', 'intdoublestringbool'],
    ['[type([]), type({}), type(null), type(optional.none())]', ['list', 'map', 'null_type', 'optional_type']],
    ['[type(timestamp(0)), type(duration("1s"))]', ['timestamp', 'duration']],
    ['int("-12") + int(3.9) + int(-3.9)', -12],
    ['int(timestamp("2026-01-31T08:00:00Z"))', 1769846400],
    ['double("1e-2") + double(1)', 1.01],
    ['bool("False") || bool(true)', true],
    ['dyn("a") == 1', false],
    ['round(2.5) + round(-2.5)', 0],
    ['[round(1.005, 2), round(-1.5e-7, 7), round(1e21, 2), round(12.3, 0)]', [1.01, -2e-7, 1e21, 12]],
    // Times
    ['timestamp("2026-01-31")', '2026-01-31T00:00:00.000Z'],
    ['timestamp("2026-01-31T10:00:00.25+02:00")', '2026-01-31T08:00:00.250Z'],
    ['timestamp("2026-01-31 08:00z") == timestamp(timestamp(1769846400))', true],
    ['timestamp("0050-01-01")', '0050-01-01T00:00:00.000Z'],
    ['timestamp(run.started_at) - timestamp("2026-01-31T07:30:00Z")', '1800s'],
    ['timestamp(run.started_at) - duration("1d") < timestamp(run.started_at)', true],
    ['duration("1h") + timestamp("2026-01-31T08:00:00Z")', '2026-01-31T09:00:00.000Z'],
    ['duration("1h30m") + duration("30m") - duration("1.5s")', '7198.5s'],
    ['duration(duration("-250ms"))', '-0.25s'],
    ['duration("1s") == duration("1000ms") && duration("1s") != dyn("1s")', true],
    ['duration("1000us1000000ns").getMilliseconds()', 2],
    ['[duration("90m")][0].startsWith("5400")', true],
    ['timestamp("2026-03-01T00:30:00Z").getDate("-01:00")', 28],
    [
      'timestamp("2026-03-01T00:30:15.250Z").getMinutes() + timestamp("2026-03-01T00:30:15.250Z").getMilliseconds()',
      280,
    ],
    ['getHours(run.started_at, "+0530")', 13],
    [
      'format_date(run.started_at, "dddd ddd, D. MMMM [YYYY]: HH:mm:ss.SSS Z", "+02:00")',
      'Saturday Sat, D. January YYYY: 10:00:00.000 +02:00',
    ],
    ['format_date(timestamp(0), "YYYY-MM-DDZ", "-03:30")', '1969-12-31-03:30'],
    ['format_date("2026-02-03", "DD/MM Z", "UTC")', '03/02 Z'],
    // Regular expressions
    ['"order 66".matches("^order [0-9]+$")', true],
    ['matches(inputs.ticket, "(?i)INVOICE")', true],
    ['"x".matches("y")', false],
  ];

  for (const [source, expected] of rows) {
    it(`gives ${JSON.stringify(expected)} for ${source}`, () => assert.deepEqual(valueOf(source), expected));
  }

  it('covers the language in at least 120 rows', () => assert.ok(rows.length >= 120, String(rows.length)));

  const failures: readonly (readonly [source: string, reason: string])[] = [
    ['1 / 0', 'it divides by zero'],
    ['1.5 % 0', 'it divides by zero'],
    ['9007199254740991 + 1', 'a whole number is beyond ±9007199254740991'],
    ['-9007199254740991 - 1', 'a whole number is beyond ±9007199254740991'],
    ['round(1e300)', 'a whole number is beyond ±9007199254740991'],
    ['1e308 * 10.0', 'a number is beyond what JSON can hold'],
    ['double("1e999")', 'a number is beyond what JSON can hold'],
    ['output.nope', 'there is no field "nope"'],
    ['output.items[9]', 'there is no item 9 in a list of 4'],
    ['output.items[-1]', 'there is no item -1 in a list of 4'],
    ['output.items["x"]', 'a list is read by number, not by text'],
    ['output[1]', "a field's name must be text, and it is a number"],
    ['previous.draft.output', '"draft" is read from null'],
    ['previous[0]', 'item 0 is read from null'],
    ['output.score.nope', '"nope" is read from a number'],
    ['output.score && true', 'a condition must be true or false, and it is a number'],
    ['output ? 1 : 2', 'a condition must be true or false, and it is a map'],
    ['!previous', 'a condition must be true or false, and it is null'],
    ['-output', 'a map cannot be negated'],
    ['output + 1', '"+" does not work on a map and a number'],
    ['output < 1', 'a map and a number have no order'],
    ['output.score < "a"', 'a number and text have no order'],
    ['1 in output.score', '"in" looks into a list or a map, and this is a number'],
    ['output.score.map(x, x)', 'only a list or a map has items to go through, and this is a number'],
    ['[1, 0].all(i, 1 / i == 1)', 'it divides by zero'],
    ['output.nope || output.other', 'there is no field "nope"'],
    ['{output.score: 1}', 'the keys of a map must be text, and one is a number'],
    ['{"a": 1, "a": 2}', 'a key of a map is there twice'],
    ['output.score.orValue(1)', 'only an optional value such as a.?b has an alternative, and this is a number'],
    ['output.?nope.value()', 'the optional value is not there'],
    ['hasValue(output)', 'hasValue() needs an optional value, not a map'],
    ['int("12x")', 'int() needs a number or the text of a whole number, not other text'],
    ['int(output)', 'int() needs a number or the text of a whole number, not a map'],
    ['int(1e300)', 'int() gives whole numbers up to ±9007199254740991'],
    ['double("abc")', 'double() needs a number or the text of one, not other text'],
    ['double(null)', 'double() needs a number or the text of one, not null'],
    ['bool("maybe")', 'bool() needs true or false, or the text "true" or "false"'],
    ['size(output.score)', 'size() needs text, not a number'],
    ['trim(output)', 'trim() needs text, not a map'],
    ['sum(output)', 'sum() needs a list, not a map'],
    ['sum(output.items)', '"+" does not work on a number and text'],
    ['round(output)', 'round() needs a number, not a map'],
    ['round(1.5, 16)', 'round() keeps 0 to 15 digits'],
    ['round(1.5, 0.5)', 'round() needs a whole number, not 0.5'],
    ['min([])', 'min() of an empty list is nothing'],
    ['max([1, "a"])', 'text and a number have no order'],
    ['sort([1, "a"])', 'text and a number have no order'],
    ['sort([{"a": 1}], "b")', 'sort() finds no field "b" in an item'],
    ['sort([1], "b")', 'sort() finds no field "b" in an item'],
    ['slice([1], -1)', 'slice() counts from 0, and a position is negative'],
    ['substring("a", 0, -1)', 'substring() counts from 0, and a position is negative'],
    ['truncate("a", -1)', 'truncate() needs a length of 0 or more'],
    ['split("a", ",", 0)', 'split() needs a limit of at least 1'],
    ['format("%s %s", [1])', 'format() has 1 values, and its text asks for more'],
    ['format("%s", [1, 2])', 'format() has 2 values, and its text asks for 1'],
    ['format("%x", [1])', 'format() knows %s, %d, %f, %.2f and %%, not "%x"'],
    ['format("%", [1])', 'format() knows %s, %d, %f, %.2f and %%, not "%"'],
    ['format("%d", ["a"])', 'format() needs a number for %d, not text'],
    ['format("%d", [1.5])', 'format() needs a whole number for %d'],
    ['parse_json("{")', 'parse_json() was given text that is not JSON'],
    [
      'matches("a", "(" + "b")',
      '"(b" is not a regular expression of RE2, which has no look-around and no back-references',
    ],
    ['duration("soon")', 'duration() needs text such as "1h30m", "45s" or "250ms"'],
    ['timestamp("2026-02-30")', 'timestamp() needs a date such as "2026-01-31T08:00:00Z"'],
    ['timestamp("2026-01-31T24:00Z")', 'timestamp() needs a date such as "2026-01-31T08:00:00Z"'],
    ['timestamp("2026-01-31T08:00+15:00")', 'timestamp() needs a date such as "2026-01-31T08:00:00Z"'],
    ['timestamp("yesterday")', 'timestamp() needs a date such as "2026-01-31T08:00:00Z"'],
    ['timestamp(253402300800)', 'a timestamp is outside the years 1 to 9999'],
    ['getHours(output)', 'getHours() needs a timestamp or the text of one, not a map'],
    ['getDate(dyn(duration("1h")))', 'getDate() needs a timestamp or the text of one, not a duration'],
    ['getHours("2026-01-31", "Berlin")', 'getHours() needs an offset from UTC such as "+02:00", not "Berlin"'],
    ['dyn(optional.of(1)) + 1', '"+" does not work on an optional value and a number'],
    ['dyn(timestamp(0)) < dyn(duration("1s"))', 'a timestamp and a duration have no order'],
  ];

  for (const [source, reason] of failures) {
    it(`fails on ${source}`, () => {
      const { expression } = checked(source);
      const error = failureOf(() => evaluateExpression(expression, VALUES, hostFunctions));
      assert.equal(error.code, 'EXPRESSION_FAILED');
      assert.equal(error.message, `Cannot evaluate "${source}": ${reason}`);
    });
  }

  it('fails when a value is not at hand', () => {
    const error = failureOf(() => valueOf('inputs.ticket', {}));
    assert.equal(error.message, 'Cannot evaluate "inputs.ticket": there is no value for "inputs.ticket"');
  });

  it('reads no value that is only inherited', () => {
    const expression = { ...checked('inputs.ticket').expression, code: ['read', 'constructor'] };
    assert.equal(failureOf(() => evaluateExpression(expression, VALUES)).code, 'EXPRESSION_FAILED');
  });

  it('refuses regular expressions where RE2 is not at hand', () => {
    const { expression } = checked('inputs.ticket.matches("a")');
    assert.equal(expression.needsHost, true);
    const error = failureOf(() => evaluateExpression(expression, VALUES));
    assert.match(error.message, /matches\(\) needs RE2, which is not at hand here$/);
  });

  it('does not take what is no pattern at all for a bad one', () => {
    assert.throws(() => hostFunctions.matches('text', 7 as unknown as string, () => {}), TypeError);
  });

  it('shortens a long expression in an error', () => {
    const { message } = failureOf(() => valueOf(`output.nope == "${'x'.repeat(500)}"`));
    assert.ok(message.length < 200, message);
  });

  for (const code of [['no such operator'], ['call', 'constructor'], ['constructor'], []]) {
    it(`refuses the unknown code ${JSON.stringify(code)}`, () => {
      const expression: Expression = { source: 'x', code, reads: [], needsHost: false };
      assert.equal(failureOf(() => evaluateExpression(expression, {})).code, 'INTERNAL');
    });
  }

  it('hides no error of another kind', () => {
    const missing = null as unknown as Readonly<Record<string, Json>>;
    for (const source of ['inputs.flag', 'inputs.flag && true']) {
      assert.throws(() => valueOf(source, missing), TypeError);
    }
  });

  it('knows no variable outside of its loop', () => {
    const expression: Expression = { source: 'x', code: ['local', 'x'], reads: [], needsHost: false };
    assert.match(failureOf(() => evaluateExpression(expression, {})).message, /there is no variable "x"$/);
  });
});

describe('the limits of an evaluation', () => {
  const bombs: readonly (readonly [name: string, source: string, values?: Readonly<Record<string, Json>>])[] = [
    ['three nested maps over 200 items', 'range(200).map(a, range(200).map(b, range(200).map(c, a)))'],
    ['three nested quantifiers', 'range(200).all(a, range(200).all(b, range(200).all(c, a + b + c >= 0)))'],
    ['failures that are absorbed', 'range(90000).exists(a, 1 / 0 == a) || true'],
    ['a long range', 'range(1000000000)'],
    ['text that doubles', 'range(40).map(i, join(range(2000).map(j, "0123456789012345678901234567890123456789")))'],
    ['text that is joined', 'join(range(300).map(i, output), ",")', { output: 'x'.repeat(10_000) }],
    ['text that is replaced', 'replace(output, "x", output)', { output: 'x'.repeat(10_000) }],
    ['text that is added', '[output + output]', { output: 'x'.repeat(600_000) }],
    ['text that is encoded', 'url_encode(output)', { output: 'ä'.repeat(300_000) }],
    ['a list that repeats a large value', 'range(5000).map(i, output)', { output: 'x'.repeat(2000) }],
    ['a list of lists of lists', 'range(100).map(a, range(100).map(b, output))', { output: [...Array(1000).keys()] }],
    ['JSON of a value that repeats itself', 'json(range(5000).map(i, output))', { output: 'x'.repeat(2000) }],
    ['text of a value that repeats itself', 'string(range(5000).map(i, output))', { output: 'x'.repeat(2000) }],
    ['distinct over large values', 'distinct(range(3000).map(i, output))', { output: 'x'.repeat(10_000) }],
    ['lists that are added', 'range(200).map(i, output + output)', { output: [...Array(1000).keys()] }],
    [
      'a search through a long list, many times',
      'output.all(i, -1 in output || true)',
      { output: [...Array(1000).keys()] },
    ],
    [
      'a comparison of long texts, many times',
      'range(1000).all(i, output == output + "")',
      { output: 'x'.repeat(500_000) },
    ],
    ['sorting large lists again and again', 'range(20).map(i, size(sort(range(4000).map(j, -j))))'],
    ['JSON that is nested deeply', 'parse_json(output)', { output: '['.repeat(5000) + ']'.repeat(5000) }],
    ['a comparison of deep values', 'output == output', { output: nested(5000) }],
    ['text of a deep value', 'string(output)', { output: nested(5000) }],
    ['a result that is nested deeply', '{"a": output}', { output: nested(5000) }],
    ['a pattern of dates that grows', 'format_date("2026-01-01", output)', { output: 'MMMM'.repeat(200_000) }],
    ['counting the fields of a large map, many times', 'range(30000).map(i, size(output))', { output: fields(10_000) }],
    ['going through a large map, many times', 'range(9000).all(i, output.exists(k, true))', { output: fields(10_000) }],
    [
      'comparing large maps that differ at once',
      'range(9000).all(i, output != output || true)',
      { output: fields(10_000) },
    ],
    ['flattening long lists', 'flatten(range(1000).map(i, output))', { output: [...Array(100_000).keys()] }],
    ['formatting long texts', 'format(output, range(5000).map(i, output))', { output: '%s'.repeat(5000) }],
    [
      'JSON of lists in lists',
      'json(range(90).map(a, range(90).map(b, output)))',
      { output: [...Array(100_000).keys()] },
    ],
    [
      'distinct over lists in lists',
      'distinct([range(90).map(a, range(90).map(b, output))])',
      { output: [...Array(100_000).keys()] },
    ],
    [
      'searching long texts, many times',
      'range(9000).all(i, output.matches("(((a{10}){10}){4})$") || true)',
      { output: 'a'.repeat(30_000) },
    ],
    ['flattening what repeats itself', 'flatten(range(1000).map(i, output))', { output: [...Array(1000).keys()] }],
  ];

  for (const [name, source, values = {}] of bombs) {
    it(`stops ${name} quickly`, () => {
      const { expression } = checked(source);
      const start = performance.now();
      const error = failureOf(() => evaluateExpression(expression, { ...VALUES, ...values }, hostFunctions));
      assert.equal(error.code, 'EXPRESSION_LIMIT', error.message);
      assert.ok(performance.now() - start < 2000, `took ${performance.now() - start} ms`);
    });
  }

  it('lets a large value through when it is only picked from', () => {
    const large = { rows: ['x'.repeat(3_000_000)] };
    assert.deepEqual(valueOf('output.rows', { output: large }), large.rows);
    assert.equal(valueOf('output.rows[0]', { output: large }), large.rows[0]);
    assert.deepEqual(valueOf('output.rows.filter(row, size(output.rows) == 1)', { output: large }), large.rows);
  });

  it('runs a regular expression that is deadly elsewhere in linear time', () => {
    const { expression } = checked('output.matches("^(a+)+$")');
    const values = { output: `${'a'.repeat(2000)}!` };
    const ms = fastestMs(() => assert.equal(evaluateExpression(expression, values, hostFunctions), false));
    assert.ok(ms < 50, `took ${ms} ms`);
  });

  it('takes far less than 0.2 ms for the expressions of an ordinary step', () => {
    const { expression } = checked('steps.review.output.label == "bug" && size(steps.review.output.tags) > 1');
    const ms = fastestMs(() => evaluateExpression(expression, VALUES));
    assert.ok(ms < 0.2, `took ${ms} ms`);
  });
});

function fields(count: number): Json {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`field_${index}`, index]));
}

/** The best of many, for the machine has other work too. */
function fastestMs(run: () => unknown): number {
  const times = Array.from({ length: 20 }, () => {
    const start = performance.now();
    run();
    return performance.now() - start;
  });
  return Math.min(...times);
}

function nested(levels: number): Json {
  let value: Json = 0;
  for (let level = 0; level < levels; level += 1) value = [value];
  return value;
}

describe('checkExpression', () => {
  const refused: readonly (readonly [source: string, code: ErrorCode, offset: number, message: string])[] = [
    ['', 'EXPRESSION_SYNTAX', 0, 'the expression is empty'],
    ['   ', 'EXPRESSION_SYNTAX', 0, 'the expression is empty'],
    ['1 +', 'EXPRESSION_SYNTAX', 3, 'the expression ends too early'],
    ['1 = 1', 'EXPRESSION_SYNTAX', 2, '"=" is not expected here: compare with "=="'],
    ['a & b', 'EXPRESSION_SYNTAX', 2, '"&" is not expected here: say "&&"'],
    ['true and false', 'EXPRESSION_SYNTAX', 5, '"and" is not expected here: say "&&"'],
    ['not true', 'EXPRESSION_SYNTAX', 4, '"true" is not expected here'],
    ['[1, 2', 'EXPRESSION_SYNTAX', 5, 'a "]" is missing at the end'],
    ['(1 ; 2)', 'EXPRESSION_SYNTAX', 3, '";" is not expected here'],
    ['(1 2)', 'EXPRESSION_SYNTAX', 3, 'a ")" is missing before "2"'],
    ['(true or false)', 'EXPRESSION_SYNTAX', 6, 'a ")" is missing before "or": say "||"'],
    ['{"a" 1}', 'EXPRESSION_SYNTAX', 5, 'a ":" is missing before "1"'],
    ['output.', 'EXPRESSION_SYNTAX', 7, 'a name is missing at the end'],
    ['output.in', 'EXPRESSION_SYNTAX', 7, 'a name is missing before "in"'],
    ['"open', 'EXPRESSION_SYNTAX', 0, 'a quote is not closed'],
    ['"""open"', 'EXPRESSION_SYNTAX', 0, 'a quote is not closed'],
    [
      '"two\nlines"',
      'EXPRESSION_SYNTAX',
      4,
      'a line ends inside quotes: text over several lines stands between """ and """',
    ],
    ['"\\q"', 'EXPRESSION_SYNTAX', 1, '"\\q" is not a valid escape: say "\\\\" for a backslash'],
    ['1e999', 'EXPRESSION_SYNTAX', 0, '"1e999" is not a valid number'],
    ['9007199254740992', 'EXPRESSION_SYNTAX', 0, 'whole numbers go up to ±9007199254740991'],
    ['if', 'EXPRESSION_SYNTAX', 0, '"if" is a reserved word of the language'],
    ['b"bytes"', 'EXPRESSION_SYNTAX', 0, 'there are no bytes and no unsigned numbers here: JSON has none'],
    ['1u', 'EXPRESSION_SYNTAX', 0, 'there are no bytes and no unsigned numbers here: JSON has none'],
    [
      '[1].map(1, 2)',
      'EXPRESSION_SYNTAX',
      8,
      '"1" stands where a loop names its variable, as in items.map(item, item.name)',
    ],
    [`1${'0'.repeat(9000)}`, 'EXPRESSION_SYNTAX', 0, 'the expression is longer than 8192 characters'],
    [
      '('.repeat(500),
      'EXPRESSION_SYNTAX',
      100,
      'the expression has more than 2000 parts, or is nested more than 100 deep',
    ],
    [
      `${'!'.repeat(8000)}true`,
      'EXPRESSION_SYNTAX',
      6000,
      'the expression has more than 2000 parts, or is nested more than 100 deep',
    ],
    ['inputs.tikcet', 'REFERENCE_UNKNOWN', 0, 'there is no "inputs.tikcet": did you mean "inputs.ticket"?'],
    [
      '1 + inputs.zzzzzz',
      'REFERENCE_UNKNOWN',
      4,
      'there is no "inputs.zzzzzz": there are "inputs.ticket", "inputs.n", "inputs.x", "inputs.any", "inputs.flag"',
    ],
    ['input.ticket', 'REFERENCE_UNKNOWN', 0, 'there is no "input": did you mean "inputs"?'],
    ['ticket', 'REFERENCE_UNKNOWN', 0, 'there is no "ticket": did you mean "inputs.ticket"?'],
    ['draft.output', 'REFERENCE_UNKNOWN', 0, 'there is no "draft": did you mean "steps.draft.output"?'],
    ['steps.drfat.output', 'REFERENCE_UNKNOWN', 0, 'there is no "steps.drfat": did you mean "steps.draft"?'],
    [
      'steps.review.outptu',
      'REFERENCE_UNKNOWN',
      0,
      'there is no "steps.review.outptu": did you mean "steps.review.output"?',
    ],
    [
      'steps',
      'REFERENCE_UNKNOWN',
      0,
      '"steps" is not a value by itself: name the step and the field, as in "steps.review.output"',
    ],
    [
      'steps[inputs.ticket].output',
      'REFERENCE_UNKNOWN',
      0,
      '"steps" is not a value by itself: name the step and the field, as in "steps.review.output"',
    ],
    ['steps.draft', 'REFERENCE_UNKNOWN', 0, '"steps.draft" is a step, not a value: say "steps.draft.output"'],
    [
      'steps.review',
      'REFERENCE_UNKNOWN',
      0,
      '"steps.review" is a step, not a value: say "steps.review.output", or one of .status, .error',
    ],
    [
      'secrets.TOKEN',
      'SECRET_MISPLACED',
      0,
      'a secret cannot be part of an expression: "${{ secrets.TOKEN }}" stands by itself in the text',
    ],
    [
      '"a" + secrets.TOKEN',
      'SECRET_MISPLACED',
      6,
      'a secret cannot be part of an expression: "${{ secrets.TOKEN }}" stands by itself in the text',
    ],
    [
      'secrets',
      'SECRET_MISPLACED',
      0,
      'a secret cannot be part of an expression: "${{ secrets.NAME }}" stands by itself in the text',
    ],
    ['steps.review.output.lable', 'EXPRESSION_TYPE', 20, 'there is no field "lable": did you mean "label"?'],
    ['steps.review.error.cod', 'EXPRESSION_TYPE', 19, 'there is no field "cod": did you mean "code"?'],
    ['steps.review.output.lines[0].prize', 'EXPRESSION_TYPE', 29, 'there is no field "prize": did you mean "price"?'],
    ['steps.review.output.?lable', 'EXPRESSION_TYPE', 21, 'there is no field "lable": did you mean "label"?'],
    [
      'steps.review.output.lines.sku',
      'EXPRESSION_TYPE',
      26,
      'a list has no field "sku": its items are read by number, or with map()',
    ],
    ['steps.review.output.lines[true]', 'EXPRESSION_TYPE', 0, 'a list is read by number, not by a boolean'],
    ['steps.review.output[1]', 'EXPRESSION_TYPE', 0, 'a map is read by text, not by a whole number'],
    ['inputs.ticket.length', 'EXPRESSION_TYPE', 14, 'text has no field "length"'],
    ['inputs.ticket[0]', 'EXPRESSION_TYPE', 0, 'text has no items'],
    [
      'steps.review.output.label == "bgu"',
      'EXPRESSION_TYPE',
      0,
      '"bgu" is not among the values it is compared with: did you mean "bug"?',
    ],
    [
      '"gone" == steps.review.status',
      'EXPRESSION_TYPE',
      0,
      '"gone" is not among the values it is compared with: did you mean "done"?',
    ],
    ['inputs.n == "7"', 'EXPRESSION_TYPE', 0, 'a whole number and text are never equal'],
    ['inputs.flag != 1', 'EXPRESSION_TYPE', 0, 'a boolean and a whole number always differ'],
    ['inputs.n > "a"', 'EXPRESSION_TYPE', 0, '">" cannot compare a whole number and text'],
    ['[1] < [2]', 'EXPRESSION_TYPE', 0, '"<" cannot compare a list and a list'],
    [
      'inputs.ticket + 1',
      'EXPRESSION_TYPE',
      0,
      '"+" cannot join text and a whole number: say string(...) around what is not text',
    ],
    ['inputs.flag + 1', 'EXPRESSION_TYPE', 0, '"+" does not work on a boolean and a whole number'],
    ['inputs.ticket * 2', 'EXPRESSION_TYPE', 0, '"*" does not work on text and a whole number'],
    ['timestamp(0) + 1', 'EXPRESSION_TYPE', 0, '"+" does not work on a timestamp and a whole number'],
    ['timestamp(0) < duration("1s")', 'EXPRESSION_TYPE', 0, '"<" cannot compare a timestamp and a duration'],
    ['output.?score + 1', 'EXPRESSION_TYPE', 0, '"+" does not work on an optional value and a whole number'],
    ['-inputs.ticket', 'EXPRESSION_TYPE', 0, '"-" needs a number, not text'],
    ['!inputs.n', 'EXPRESSION_TYPE', 1, '"!" needs true or false, not a whole number'],
    ['inputs.n && true', 'EXPRESSION_TYPE', 0, '"&&" needs true or false, not a whole number'],
    ['inputs.ticket ? 1 : 2', 'EXPRESSION_TYPE', 0, '"? :" needs true or false, not text'],
    ['1 in ["a"]', 'EXPRESSION_TYPE', 0, 'a whole number is never in a list of text'],
    ['1 in {"a": 1}', 'EXPRESSION_TYPE', 0, 'the keys of a map are text, not a whole number'],
    [
      '"a" in inputs.ticket',
      'EXPRESSION_TYPE',
      0,
      '"in" looks into a list or a map, not into text: for a part of a text say text.contains(part)',
    ],
    ['1 in 2', 'EXPRESSION_TYPE', 0, '"in" looks into a list or a map, not into a whole number'],
    ['{1: 2}', 'EXPRESSION_TYPE', 1, 'the keys of a map are text, not a whole number'],
    ['tirm("a")', 'EXPRESSION_TYPE', 0, 'there is no function "tirm": did you mean "trim"?'],
    ['inputs.ticket.toUpper()', 'EXPRESSION_TYPE', 0, 'there is no function "toUpper": did you mean "upper"?'],
    ['fetch("http://x")', 'EXPRESSION_TYPE', 0, 'there is no function "fetch"'],
    ['constructor()', 'EXPRESSION_TYPE', 0, 'there is no function "constructor"'],
    [
      'map([1], i, i)',
      'EXPRESSION_TYPE',
      0,
      'there is no function "map": it stands behind a list, as in items.map(item, ...)',
    ],
    ['trim()', 'EXPRESSION_TYPE', 0, 'trim(text) was given 0 arguments'],
    ['trim("a", "b", "c")', 'EXPRESSION_TYPE', 0, 'trim(text) was given 3 arguments'],
    ['split("a")', 'EXPRESSION_TYPE', 0, 'split(text, separator, [limit]) was given 1 argument'],
    ['trim(1)', 'EXPRESSION_TYPE', 5, 'trim(text) does not take a whole number as its first argument'],
    [
      '"a".split(1)',
      'EXPRESSION_TYPE',
      10,
      'split(text, separator, [limit]) does not take a whole number as its second argument',
    ],
    [
      'truncate("a", 1, 2)',
      'EXPRESSION_TYPE',
      17,
      'truncate(text, length, [ending]) does not take a whole number as its third argument',
    ],
    [
      'inputs.ticket.matches("(a")',
      'EXPRESSION_TYPE',
      22,
      '"(a" is not a regular expression of RE2, which has no look-around and no back-references',
    ],
    [
      'inputs.ticket.matches("(?=a)")',
      'EXPRESSION_TYPE',
      22,
      '"(?=a)" is not a regular expression of RE2, which has no look-around and no back-references',
    ],
    [
      `inputs.ticket.matches("${'a'.repeat(1001)}")`,
      'EXPRESSION_TYPE',
      22,
      'a pattern is at most 1000 characters long',
    ],
    ['has(inputs)', 'EXPRESSION_TYPE', 0, 'has() takes one field, as in has(steps.draft.output.title)'],
    ['has(output.a, output.b)', 'EXPRESSION_TYPE', 0, 'has() takes one field, as in has(steps.draft.output.title)'],
    ['has()', 'EXPRESSION_TYPE', 0, 'has() takes one field, as in has(steps.draft.output.title)'],
    ['coalesce()', 'EXPRESSION_TYPE', 0, 'coalesce(value, ...) was given 0 arguments'],
    [
      'output.?a.orValue()',
      'EXPRESSION_TYPE',
      0,
      'orValue() stands behind an optional value and takes one argument, as in a.?b.orValue(...)',
    ],
    [
      'inputs.n.orValue(1)',
      'EXPRESSION_TYPE',
      0,
      'orValue() needs an optional value such as a.?b, not a whole number: coalesce() takes any value',
    ],
    [
      'output.?a.or(1)',
      'EXPRESSION_TYPE',
      13,
      'or() needs an optional value such as a.?b, not a whole number: coalesce() takes any value',
    ],
    ['[1].map(i)', 'EXPRESSION_TYPE', 0, 'map() takes a variable and a condition or value, as in items.map(item, ...)'],
    [
      '[1].filter(i, true, 1)',
      'EXPRESSION_TYPE',
      0,
      'filter() takes a variable and a condition or value, as in items.filter(item, ...)',
    ],
    ['[1].filter(i, i)', 'EXPRESSION_TYPE', 14, 'the condition of filter() must be true or false, not a whole number'],
    ['[1].map(i, i, 2)', 'EXPRESSION_TYPE', 11, 'the condition of map() must be true or false, not a whole number'],
    ['inputs.n.map(i, i)', 'EXPRESSION_TYPE', 0, 'map() goes through a list or a map, not a whole number'],
    [
      '[1].map(inputs, 1)',
      'EXPRESSION_TYPE',
      8,
      '"inputs" is a name already: the variable of a loop needs a name of its own',
    ],
    [
      '[1].map(i, [2].map(i, i))',
      'EXPRESSION_TYPE',
      19,
      '"i" is a name already: the variable of a loop needs a name of its own',
    ],
    ['[1].map(i, j)', 'REFERENCE_UNKNOWN', 11, 'there is no "j"'],
  ];

  for (const [source, code, offset, message] of refused) {
    it(`refuses ${source.slice(0, 60)}`, () => {
      const result = checkExpression(source, NAMES);
      assert.ok(!result.ok, 'it was accepted');
      const { message: found } = result;
      const isList = message === 'there is no "j"';
      assert.deepEqual(
        { ...result, message: isList ? found.slice(0, message.length) : found },
        { ok: false, code, message, offset },
      );
    });
  }

  const results: readonly (readonly [source: string, schema: Json])[] = [
    ['1', { type: 'integer' }],
    ['1.5', { type: 'number' }],
    ['inputs.n + 1', { type: 'integer' }],
    ['inputs.n + inputs.x', { type: 'number' }],
    ['inputs.any + 1', true],
    ['inputs.any + 1.5', { type: 'number' }],
    ['inputs.any + "a"', { type: 'string' }],
    ['inputs.any + []', { type: 'array' }],
    ['[1] + ["a"]', { type: 'array' }],
    ['inputs.any == 1', { type: 'boolean' }],
    ['steps.review.output.label', LABEL],
    ['steps.review.output.lines', REVIEW.properties.lines],
    ['steps.review.output.lines.map(l, l.price)', { type: 'array', items: { type: 'number' } }],
    ['steps.review.output.lines.filter(l, l.price > 1.0)', REVIEW.properties.lines],
    ['inputs.any.filter(l, true)', { type: 'array' }],
    ['steps.review.output.rest.filter(key, true)', { type: 'array', items: { type: 'string' } }],
    ['steps.review.output.rest.anything', { type: 'integer' }],
    ['steps.review.output.rest[inputs.ticket]', true],
    ['steps.review.output.free.anything', true],
    ['steps.review.output.open.anything', true],
    ['steps.review.output.either + "a"', { type: 'string' }],
    ['steps.review.output.note', { type: ['string', 'null'] }],
    ['steps.review.output.mixed', true],
    ['steps.review.output.pair[1]', true],
    ['true ? "a" : "b"', { type: 'string' }],
    ['true ? "a" : 1', true],
    ['true ? 1 : 1.5', { type: 'number' }],
    ['true ? {"a": 1} : {"b": 1}', { type: 'object', properties: { a: { type: 'integer' }, b: { type: 'integer' } } }],
    ['true ? [1] : [1.5]', { type: 'array', items: { type: 'number' } }],
    ['true ? output.?a : output.?b', true],
    ['true ? optional.of(1) : optional.of("a")', true],
    ['true ? "a" : null', { anyOf: [{ type: 'string' }, { type: 'null' }] }],
    ['coalesce(inputs.n, 1)', { type: 'integer' }],
    ['steps.review.output.?count.orValue(0)', { type: 'integer' }],
    [
      '{"a": 1, "b": "x"}',
      { type: 'object', properties: { a: { type: 'integer' }, b: { type: 'string' } }, additionalProperties: false },
    ],
    ['{inputs.ticket: 1}', { type: 'object', properties: {}, additionalProperties: true }],
    ['vars', { type: 'object', properties: { signature: { type: 'string' } }, additionalProperties: false }],
    ['min([1, 2])', { type: 'integer' }],
    ['min(1, 2.5)', { type: 'number' }],
    ['min(inputs.any)', true],
    ['sum(inputs.any)', true],
    ['sort([1])', { type: 'array', items: { type: 'integer' } }],
    ['sort(inputs.any)', { type: 'array' }],
    ['flatten([[1]])', { type: 'array', items: { type: 'integer' } }],
    ['flatten([1])', { type: 'array', items: { type: 'integer' } }],
    ['flatten(inputs.any)', { type: 'array' }],
    ['round(1.5)', { type: 'integer' }],
    ['round(1.5, 1)', { type: 'number' }],
    ['timestamp(0)', { type: 'string', format: 'date-time' }],
    ['[]', { type: 'array' }],
    ['null', { type: 'null' }],
  ];

  for (const [source, schema] of results) {
    it(`says that ${source} gives ${JSON.stringify(schema)}`, () => assert.deepEqual(checked(source).schema, schema));
  }

  const readings: readonly (readonly [schema: Json, source: string, isAccepted: boolean])[] = [
    [{ enum: ['a', 'b'] }, 'v + "x"', true],
    [{ enum: [1, 2] }, 'v + "x"', false],
    [{ enum: [1, 'a'] }, 'v + "x"', true],
    [{ enum: [null] }, 'v == 1', true],
    [{ enum: [1.5, true, [], {}] }, 'v == 1', true],
    [{ enum: ['${{ inputs.label }}'] }, 'v == "anything"', true],
    [{ const: 'a' }, 'v == "b"', false],
    [{ const: 'a' }, 'v == "a"', true],
    [{ const: {} }, 'v.a == "a"', true],
    [{ const: [] }, 'v[0] == "a"', true],
    [{ properties: { a: true } }, 'v.a == 1', true],
    [{ properties: { a: true } }, 'v.b == 1', false],
    [{ properties: { a: false } }, 'v.a == 1', true],
    [{ properties: { a: {} }, patternProperties: { '^x': {} } }, 'v.xa == 1', true],
    [{ properties: { a: {} }, allOf: [{}] }, 'v.b == 1', true],
    [{ type: 'object', additionalProperties: false }, 'v.b == 1', false],
    [{ type: 'object', properties: [] }, 'v.b == 1', false],
    [{ items: { type: 'string' } }, 'v[0] + "a" == "b"', true],
    [{ items: { type: 'string' } }, 'v[0] + 1 == 2', false],
    [{ type: ['string', 'integer'] }, 'v + 1 == 2', true],
    [{ type: ['null'] }, 'v == 1', true],
    [{ type: 7 }, 'v == 1', true],
    [{ anyOf: [{ type: 'string' }, true] }, 'v + 1 == 2', true],
    [{ oneOf: [{ type: 'integer' }, { type: 'number' }] }, 'v + 1 == 2', true],
    [{ anyOf: [{ type: 'null' }, { type: 'null' }] }, 'v == 1', true],
    [{ anyOf: [{ type: 'string' }, 7] }, 'v + 1 == 2', true],
    [{ $ref: '#/$defs/x' }, 'v.a.b == 1', true],
    [{}, 'v.a.b == 1', true],
  ];

  for (const [schema, source, isAccepted] of readings) {
    it(`${isAccepted ? 'accepts' : 'refuses'} ${source} where v is ${JSON.stringify(schema)}`, () => {
      assert.equal(checkExpression(source, { schemas: { v: schema as NameSchemas[string] } }).ok, isAccepted);
    });
  }

  it('lists the paths that are read, each once and sorted', () => {
    const { expression } = checked(
      'vars.signature + inputs.ticket + inputs.ticket + steps.review.output.tags[inputs.n]',
    );
    assert.deepEqual(expression.reads, ['inputs.n', 'inputs.ticket', 'steps.review.output', 'vars.signature']);
    assert.equal(expression.needsHost, false);
  });

  it('reads all inputs when they are used as one map', () => {
    const { expression } = checked('inputs.map(key, inputs[key])');
    assert.deepEqual(expression.reads, ['inputs.any', 'inputs.flag', 'inputs.n', 'inputs.ticket', 'inputs.x']);
    assert.deepEqual(
      evaluateExpression(expression, VALUES),
      Object.keys(SCHEMAS)
        .slice(0, 5)
        .map((name) => VALUES[name]),
    );
  });

  it('makes code that survives JSON', () => {
    const { expression } = checked('steps.review.output.lines.map(l, {l.sku: l.price / 4})');
    const copy = JSON.parse(JSON.stringify(expression)) as Expression;
    assert.deepEqual(evaluateExpression(copy, VALUES), [{ x: 0.5 }, { y: 0.75 }]);
  });

  it('hides no error of another kind', () => {
    assert.throws(() => checkExpression('v', { schemas: { v: null as unknown as true } }), TypeError);
  });

  it('suggests nothing when there are no names', () => {
    const result = checkExpression('anything', { schemas: {} });
    assert.ok(!result.ok);
    assert.equal(result.message, 'there is no "anything"');
  });

  it('suggests the first of names that come equally close', () => {
    const result = checkExpression('v.az', { schemas: { 'v.ac': true, 'v.ab': true, 'v.ad': true } });
    assert.ok(!result.ok);
    assert.equal(result.message, 'there is no "v.az": did you mean "v.ab"?');
  });

  it('names at most ten of many', () => {
    const schemas = Object.fromEntries([...Array(30).keys()].map((index) => [`inputs.field_${index}`, true] as const));
    const result = checkExpression('inputs.zzzzzzzzzzzzzzzz', { schemas });
    assert.ok(!result.ok);
    assert.match(result.message, /"inputs\.field_9" and others$/);
  });
});

describe('the functions of the language', () => {
  for (const { usage, example, result } of [...SIGNATURES, ...FORMS]) {
    it(`${usage}: ${example} is ${JSON.stringify(result)}`, () => assert.deepEqual(valueOf(example), result));
  }

  it('are the same for the checker and for the evaluator', () => {
    assert.deepEqual(functionNames(), SIGNATURES.map(({ name }) => name).toSorted());
  });
});

describe('EXPRESSION_VERSION', () => {
  it('is the version of the library that is installed', () => {
    const path = new URL('../../../node_modules/@marcbachmann/cel-js/package.json', import.meta.url);
    const installed = JSON.parse(readFileSync(path, 'utf8')) as { name: string; version: string };
    assert.equal(EXPRESSION_VERSION, `${installed.name}@${installed.version}`);
  });
});

describe('expressions that nobody meant', () => {
  for (const key of ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty']) {
    it(`treats ${key} as a field like any other`, () => {
      assert.equal(valueOf(`has(inputs.any["${key}"])`), false);
      assert.equal(valueOf(`"${key}" in inputs.any`), false);
      const made = valueOf(`{"${key}": 1}`);
      assert.equal(JSON.stringify(made), `{"${key}":1}`);
      assert.equal(valueOf(`{"${key}": 1}["${key}"]`), 1);
      const read = JSON.parse(`{"${key}": 2}`) as Json;
      assert.equal(valueOf(`output["${key}"]`, { output: read }), 2);
      assert.equal(checkExpression(key, NAMES).ok, false);
      assert.equal(checkExpression(`inputs.${key}`, NAMES).ok, false);
    });
  }

  it('leaves the prototype of objects alone', () => {
    valueOf('{"__proto__": {"polluted": true}}');
    valueOf('parse_json("{\\"__proto__\\": {\\"polluted\\": true}}")');
    assert.equal(({} as { polluted?: boolean }).polluted, undefined);
  });
});

const words = fc.constantFrom(
  'inputs',
  '.',
  'ticket',
  'n',
  'any',
  '[',
  ']',
  '(',
  ')',
  '{',
  '}',
  ',',
  ':',
  '?',
  '"',
  "'",
  '1',
  '0',
  '2.5',
  '+',
  '-',

  '*',
  '/',
  '%',
  '==',
  '!=',
  '<',
  '&&',
  '||',
  '!',
  ' ',
  'in',
  'null',
  'true',
  'map(',
  'i',
  'size(',
  'join(',
  'json(',

  'steps.review.output',
  '.?',
  'orValue(',
  'coalesce(',
  '__proto__',
  'constructor',
  '\\',
  '\n',
  '🎉',
  'secrets.X',
  'r"',
);

describe('any text at all', () => {
  it('is checked without any error of another kind', () => {
    const garbage = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.array(words, { maxLength: 20 }).map((all) => all.join('')),
    );
    fc.assert(
      fc.property(garbage, (source) => {
        const result = checkExpression(source, NAMES);
        if (!result.ok) {
          assert.ok(result.offset >= 0 && result.offset <= source.length);
          assert.ok(result.message.length > 0 && !result.message.includes('\n   '), result.message);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('is evaluated the same way every time, or fails with one of our errors', () => {
    const sources = fc.array(words, { maxLength: 12 }).map((all) => all.join(''));
    fc.assert(
      fc.property(fc.oneof(sources, generated()), fc.jsonValue({ maxDepth: 4 }), (source, value) => {
        const result = checkExpression(source, NAMES);
        if (!result.ok) return;
        const values = { ...VALUES, 'inputs.any': value as Json, output: value as Json };
        assert.deepEqual(outcome(result.expression, values), outcome(result.expression, values));
      }),
      { numRuns: 3000 },
    );
  });

  it('has a result that is of the type which was foretold', () => {
    fc.assert(
      fc.property(generated(), fc.jsonValue({ maxDepth: 3 }), (source, value) => {
        const result = checkExpression(source, NAMES);
        if (!result.ok || result.schema === true) return;
        const found = outcome(result.expression, { ...VALUES, 'inputs.any': value as Json, output: value as Json });
        const { type } = result.schema;
        if ('value' in found && typeof type === 'string')
          assert.ok(isOfType(found.value, type), `${source}: ${JSON.stringify(found)} is no ${type}`);
      }),
      { numRuns: 3000 },
    );
  });
});

/** Expressions that are well formed, of every kind of operator. */
function generated(): fc.Arbitrary<string> {
  return fc.letrec<{ tree: string }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom(
        'inputs.n',
        'inputs.x',
        'inputs.any',
        'inputs.ticket',
        'output',
        'inputs.flag',
        'previous',
        '1',
        '2.5',
        '"a"',
        'null',
        '[1, 2]',
        '{"a": 1}',
      ),
      fc
        .tuple(
          tie('tree'),
          fc.constantFrom('+', '-', '*', '/', '%', '==', '!=', '<', '>=', '&&', '||', 'in'),
          tie('tree'),
        )
        .map(([a, op, b]) => `(${a} ${op} ${b})`),
      fc
        .tuple(
          fc.constantFrom(
            'size',
            'string',
            'int',
            'double',
            'json',
            'join',
            'sort',
            'sum',
            'min',
            'round',
            'distinct',
            'coalesce',
            'trim',
            'flatten',
          ),
          tie('tree'),
        )
        .map(([f, a]) => `${f}(${a})`),
      fc
        .tuple(tie('tree'), fc.constantFrom('map', 'filter', 'all', 'exists'), tie('tree'))
        .map(([a, loop, b]) => `${a}.${loop}(v, ${b} == v)`),
      fc.tuple(tie('tree'), tie('tree'), tie('tree')).map(([a, b, c]) => `(${a} == ${b} ? ${b} : ${c})`),
      fc.tuple(tie('tree'), tie('tree')).map(([a, b]) => `[${a}, ${b}]`),
      fc.tuple(tie('tree'), fc.constantFrom('a', 'n', '__proto__')).map(([a, key]) => `${a}.?${key}.orValue(1)`),
    ),
  })).tree;
}

function outcome(expression: Expression, values: Readonly<Record<string, Json>>): { value: Json } | { error: string } {
  try {
    const value = evaluateExpression(expression, values, hostFunctions);
    assert.doesNotThrow(() => JSON.stringify(value));
    return { value };
  } catch (error) {
    assert.ok(error instanceof PipelineError, `${expression.source}: ${String(error)}`);
    assert.ok(['EXPRESSION_FAILED', 'EXPRESSION_LIMIT'].includes(error.code), error.message);
    return { error: error.message };
  }
}

function isOfType(value: Json, type: string): boolean {
  if (value === null) return true;
  if (type === 'array') return Array.isArray(value);
  if (type === 'integer' || type === 'number') return typeof value === 'number';
  return typeof value === type;
}
