import assert from 'node:assert/strict';
import { Environment } from '@marcbachmann/cel-js';
import fc from 'fast-check';
import { PipelineError } from '../../../src/errors.ts';
import { checkExpression } from '../../../src/pipeline/expression-check.ts';
import { evaluateExpression } from '../../../src/pipeline/expression.ts';
import type { Json } from '../../../src/pipeline/json.ts';

// Where CEL itself has a meaning, ours is the same: two evaluators, one answer.

interface Values {
  readonly n: number;
  readonly m: number;
  readonly x: number;
  readonly s: string;
  readonly b: boolean;
  readonly xs: readonly number[];
  readonly words: readonly string[];
}

const SCHEMAS = {
  n: { type: 'integer' },
  m: { type: 'integer' },
  x: { type: 'number' },
  s: { type: 'string' },
  b: { type: 'boolean' },
  xs: { type: 'array', items: { type: 'integer' } },
  words: { type: 'array', items: { type: 'string' } },
} as const;

const LIBRARY = new Environment({ enableOptionalTypes: true, homogeneousAggregateLiterals: false })
  .registerVariable('n', 'int')
  .registerVariable('m', 'int')
  .registerVariable('x', 'double')
  .registerVariable('s', 'string')
  .registerVariable('b', 'bool')
  .registerVariable('xs', 'list<int>')
  .registerVariable('words', 'list<string>');

type Outcome = { readonly value: Json } | 'failed';

function theirs(source: string, values: Values): Outcome {
  try {
    const { n, m, xs, ...others } = values;
    const context = { ...others, n: BigInt(n), m: BigInt(m), xs: xs.map(BigInt) };
    return { value: plain(LIBRARY.evaluate(source, context)) };
  } catch {
    return 'failed';
  }
}

function ours(source: string, values: Values): Outcome {
  const checked = checkExpression(source, { schemas: SCHEMAS });
  if (!checked.ok) return 'failed';
  try {
    return { value: evaluateExpression(checked.expression, { ...values }) };
  } catch (error) {
    assert.ok(error instanceof PipelineError, String(error));
    return 'failed';
  }
}

function plain(value: unknown): Json {
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map((item) => plain(item));
  if (typeof value === 'number') return value === 0 ? 0 : value;
  if (typeof value !== 'object' || value === null) return value as Json;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

const VALUES: Values = { n: 7, m: -2, x: 2.5, s: 'héllo', b: true, xs: [3, 1, 2], words: ['a', 'bb'] };

const SOURCES = [
  'n / m',
  'n % m',
  '-n / 2',
  'n * m - n + m',
  'x / 2.0',
  '1.0 / 3.0',
  'n == 7 && x == 2.5',
  'n > 1.5',
  'n < m ? s : "no"',
  's + "!"',
  'size(s)',
  's.size() == size(words)',
  's.contains("é") && s.startsWith("h") && s.endsWith("o")',
  's < "i"',
  'xs + [4]',
  'xs[1]',
  'xs[9]',
  'xs[-1]',
  '2 in xs',
  '"a" in words',
  'xs.map(i, i * n)',
  'xs.map(i, i > 1, i * 10)',
  'xs.filter(i, i % 2 == 1)',
  'xs.all(i, i > 0)',
  'xs.exists(i, i > 2)',
  'xs.exists_one(i, i > 2)',
  'xs.map(i, xs.map(j, i * j))',
  '[[1, 2], [3]].map(l, size(l))',
  '{"a": 1, "b": [2]}',
  '{"a": 1}.a + {"b": 2}["b"]',
  '"a" in {"a": 1}',
  '{"a": 1}.map(k, k)',
  '{"a": {"b": 1}} == {"a": {"b": 1}}',
  'xs == [3, 1, 2]',
  'xs != [1, 2, 3]',
  'int("42") + int(2.9)',
  'double("2.5") + double(n)',
  'string(n) + string(true)',
  'bool("true")',
  '1 / 0 == 1 || true',
  'true || 1 / 0 == 1',
  '1 / 0 == 1 && false',
  'false && 1 / 0 == 1',
  '1 / 0 == 1 || false',
  'true && 1 / 0 == 1',
  '[0, 1].exists(i, 1 / i == 1)',
  '[0, 1].all(i, 1 / i == 1)',
  '[1, 0].all(i, 1 / i == 2)',
  '{"a": 1}.?a.orValue(2)',
  'optional.of(n).hasValue()',
  'optional.none().orValue(n)',
  'optional.none().or(optional.of(1)).value()',
  'words.join("-")',
  's.split("l")',
  's.substring(1, 3)',
  's.trim()',
  '!b',
  'r"\\d" + "\\u00e9" + \'\\n\'',
  's + n',
  's > n',
  '!n',
  'n ? 1 : 2',
  'nope',
  'n + true',
  'xs["a"]',
];

describe('our evaluator and the library', () => {
  for (const source of SOURCES) {
    it(`agree on ${source}`, () => assert.deepEqual(ours(source, VALUES), theirs(source, VALUES)));
  }

  it('agree on thousands of generated expressions and values', () => {
    let succeeded = 0;
    fc.assert(
      fc.property(expressions(), someValues(), (source, given) => {
        const expected = theirs(source, given);
        if (expected !== 'failed') succeeded += 1;
        assert.deepEqual(ours(source, given), expected, source);
      }),
      { numRuns: 4000 },
    );
    assert.ok(succeeded > 1000, `only ${succeeded} had a value`);
  });
});

function someValues(): fc.Arbitrary<Values> {
  const int = fc.integer({ min: -20, max: 20 });
  return fc.record({
    n: int,
    m: int,
    x: fc.integer({ min: -40, max: 40 }).map((half) => half / 2 + 0.25),
    s: fc.string({ maxLength: 4 }),
    b: fc.boolean(),
    xs: fc.array(int, { maxLength: 4 }),
    words: fc.array(fc.string({ maxLength: 2 }), { maxLength: 3 }),
  });
}

/** Names of their own: ours refuses a loop variable that hides another. */
const variables = fc.noBias(fc.nat()).map((index) => `v${index}`);

function expressions(): fc.Arbitrary<string> {
  const { int, bool, text, list } = fc.letrec<{
    int: string;
    double: string;
    bool: string;
    text: string;
    list: string;
  }>((tie) => ({
    int: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom('n', 'm', '0', '1', '7', 'size(s)', 'size(xs)'),
      join(tie('int'), fc.constantFrom('+', '-', '*', '/', '%'), tie('int')),
      fc.tuple(tie('bool'), tie('int'), tie('int')).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
      fc.tuple(tie('list'), tie('int')).map(([a, b]) => `${a}[${b}]`),
      tie('int').map((a) => `(-${a})`),
      tie('list').map((a) => `size(${a})`),
    ),
    double: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom('x', '0.5', '2.0'),
      join(tie('double'), fc.constantFrom('+', '-', '*'), tie('double')),
      tie('int').map((a) => `double(${a})`),
    ),
    bool: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom('b', 'true', 'false', '"a" in words'),
      join(tie('int'), fc.constantFrom('==', '!=', '<', '<=', '>', '>='), tie('int')),
      join(tie('double'), fc.constantFrom('==', '<', '>='), tie('double')),
      join(tie('int'), fc.constantFrom('<', '>='), tie('double')),
      join(tie('text'), fc.constantFrom('==', '!=', '<', '>='), tie('text')),
      join(tie('list'), fc.constantFrom('==', '!='), tie('list')),
      join(tie('bool'), fc.constantFrom('&&', '||'), tie('bool')),
      join(tie('int'), fc.constant('in'), tie('list')),
      tie('bool').map((a) => `!${a}`),
      fc
        .tuple(tie('list'), fc.constantFrom('all', 'exists', 'exists_one'), tie('int'), variables)
        .map(([a, loop, c, v]) => `${a}.${loop}(${v}, ${c} > ${v})`),
      fc
        .tuple(tie('text'), fc.constantFrom('contains', 'startsWith', 'endsWith'), tie('text'))
        .map(([a, f, c]) => `${a}.${f}(${c})`),
    ),
    text: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom('s', '"a"', '""', 'words.join(",")'),
      join(tie('text'), fc.constant('+'), tie('text')),
      tie('int').map((a) => `string(${a})`),
      fc.tuple(tie('bool'), tie('text'), tie('text')).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
    ),
    list: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom('xs', '[1, 2]'),
      join(tie('list'), fc.constant('+'), tie('list')),
      fc.tuple(tie('int'), tie('int')).map(([a, b]) => `[${a}, ${b}]`),
      fc.tuple(tie('list'), tie('int'), variables).map(([a, c, v]) => `${a}.map(${v}, ${v} + ${c})`),
      fc.tuple(tie('list'), tie('int'), variables).map(([a, c, v]) => `${a}.filter(${v}, ${v} != ${c})`),
    ),
  }));
  return fc.oneof(int, bool, text, list);
}

function join(...parts: [fc.Arbitrary<string>, fc.Arbitrary<string>, fc.Arbitrary<string>]): fc.Arbitrary<string> {
  return fc.tuple(...parts).map(([left, operator, right]) => `(${left} ${operator} ${right})`);
}
