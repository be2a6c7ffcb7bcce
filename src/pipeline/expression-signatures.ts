import {
  ANY,
  BOOLEAN,
  INTEGER,
  NUMBER,
  STRING,
  type Kind,
  type StaticType,
  contentOf,
  isNumeric,
  itemOf,
  joined,
  listOf,
  optionalOf,
} from './expression-types.ts';
import type { Json } from './json.ts';

/** What a parameter takes. `items`: text, a list or a map. `order`: what can be compared, or a list of that. */
type Parameter = 'any' | 'text' | 'number' | 'integer' | 'list' | 'optional' | 'items' | 'date';

/** One function of the language, for the checker and for the reference. */
export interface Signature {
  readonly name: string;
  readonly parameters: readonly Parameter[];
  /** How many of the parameters may be left out, from the end. */
  readonly spare: number;
  /** The last parameter may be given any number of times. */
  readonly isVariadic: boolean;
  readonly gives: (types: readonly StaticType[]) => StaticType;
  readonly usage: string;
  readonly summary: string;
  readonly example: string;
  readonly result: Json;
}

const PARAMETER_KINDS: Readonly<Record<Parameter, readonly Kind[]>> = {
  any: ['null', 'boolean', 'integer', 'number', 'string', 'list', 'map', 'optional'],
  text: ['string'],
  number: ['integer', 'number'],
  integer: ['integer', 'number'],
  list: ['list'],
  optional: ['optional'],
  items: ['string', 'list', 'map'],
  date: ['string', 'integer'],
};

/** Whether a value of a type may be given for a parameter; the run decides about `any`. */
export function accepts(parameter: Parameter, { kind }: StaticType): boolean {
  return kind === 'any' || PARAMETER_KINDS[parameter].includes(kind);
}

/** A row: usage with its parameters' types, what it gives, what it does, an example, and the example's result. */
type Row = readonly [usage: string, gives: Signature['gives'], summary: string, example: string, result: Json];

const ROWS: readonly Row[] = [
  ['size(items: items)', () => INTEGER, 'How many characters, items or fields there are', 'size("héllo")', 5],
  ['string(value: any)', () => STRING, 'As text: JSON for lists and maps, nothing for null', 'string(3) + "x"', '3x'],
  ['int(value: any)', () => INTEGER, 'As a whole number: cuts off decimals, reads text', 'int("42") + int(1.9)', 43],
  ['double(value: any)', () => NUMBER, 'As a number with decimals', 'double(7) / 2', 3.5],
  ['bool(value: any)', () => BOOLEAN, 'As true or false: reads "true", "1", "false", "0"', 'bool("true")', true],
  ['dyn(value: any)', () => ANY, 'The same value, checked only when the pipeline runs', 'dyn(1) == dyn("1")', false],
  ['type(value: any)', () => STRING, 'The name of its type', 'type([1])', 'list'],
  [
    'contains(text: text, part: text)',
    () => BOOLEAN,
    'Whether a text holds another',
    '"seafood".contains("foo")',
    true,
  ],
  [
    'startsWith(text: text, start: text)',
    () => BOOLEAN,
    'Whether a text begins so',
    '"draft-1".startsWith("draft")',
    true,
  ],
  ['endsWith(text: text, end: text)', () => BOOLEAN, 'Whether a text ends so', '"a.md".endsWith(".md")', true],
  [
    'matches(text: text, pattern: text)',
    () => BOOLEAN,
    'Whether a regular expression (RE2) is found in a text',
    '"order 66".matches("[0-9]+$")',
    true,
  ],
  [
    'optional.of(value: any)',
    ([of = ANY]) => optionalOf(of),
    'An optional that is there',
    'optional.of(1).hasValue()',
    true,
  ],
  ['optional.none()', () => optionalOf(ANY), 'An optional that is not there', 'optional.none().orValue(2)', 2],
  [
    'hasValue(value: optional)',
    () => BOOLEAN,
    'Whether an optional is there',
    'parse_json("{}").?title.hasValue()',
    false,
  ],
  [
    'value(value: optional)',
    ([of = ANY]) => contentOf(of),
    'What is in an optional; fails when it is not there',
    '{"a": 1}.?a.value()',
    1,
  ],
  [
    'join(list: list, [separator: text])',
    () => STRING,
    'The items as one text',
    'join(["a", "b", 3], ", ")',
    'a, b, 3',
  ],
  [
    'split(text: text, separator: text, [limit: integer])',
    () => listOf(STRING),
    'The parts of a text',
    'split("a,b,c", ",", 2)',
    ['a', 'b,c'],
  ],
  [
    'replace(text: text, part: text, by: text)',
    () => STRING,
    'With every occurrence replaced',
    'replace("a-b-c", "-", "+")',
    'a+b+c',
  ],
  ['trim(text: text)', () => STRING, 'Without white space at both ends', 'trim("  a b ")', 'a b'],
  ['lower(text: text)', () => STRING, 'In lower case', 'lower("ÄB")', 'äb'],
  ['upper(text: text)', () => STRING, 'In upper case', 'upper("äb")', 'ÄB'],
  [
    'substring(text: text, start: integer, [end: integer])',
    () => STRING,
    'The characters from start up to end, counted from 0',
    'substring("abcdef", 2, 4)',
    'cd',
  ],
  [
    'truncate(text: text, length: integer, [ending: text])',
    () => STRING,
    'At most so many characters, the ending included',
    'truncate("abcdef", 4, "…")',
    'abc…',
  ],
  [
    'format(text: text, values: list)',
    () => STRING,
    'Fills in %s (any value), %d (whole number), %f and %.2f (decimals); %% is a percent sign',
    'format("%s: %.1f %%", ["rate", 12.34])',
    'rate: 12.3 %',
  ],
  ['json(value: any)', () => STRING, 'As JSON', 'json({"a": [1, null]})', '{"a":[1,null]}'],
  ['parse_json(text: text)', () => ANY, 'The value that a JSON text stands for', 'parse_json("[1, 2]")[1]', 2],
  ['sum(list: list)', ([list = ANY]) => numeric(itemOf(list)), 'The sum of numbers; 0 for none', 'sum([1, 2.5])', 3.5],
  ['min(value: any, ...)', least, 'The smallest of its arguments, or of one list', 'min([3, 1, 2])', 1],
  ['max(value: any, ...)', least, 'The largest of its arguments, or of one list', 'max(3, 7)', 7],
  [
    'round(number: number, [digits: integer])',
    (types) => (types.length > 1 ? NUMBER : INTEGER),
    'To the nearest whole number, or to so many digits',
    'round(2.345, 2)',
    2.35,
  ],
  [
    'sort(list: list, [field: text])',
    ([list = ANY]) => sameList(list),
    'In ascending order, of numbers or of texts; maps by a field',
    'sort([3, 1, 2])',
    [1, 2, 3],
  ],
  [
    'distinct(list: list)',
    ([list = ANY]) => sameList(list),
    'Each value once, in the order of first appearance',
    'distinct([1, 2, 1])',
    [1, 2],
  ],
  ['flatten(list: list)', flat, 'The items of the lists in a list', 'flatten([[1], [2, 3]])', [1, 2, 3]],
  [
    'slice(list: list, start: integer, [end: integer])',
    ([list = ANY]) => sameList(list),
    'The items from start up to end, counted from 0',
    'slice([1, 2, 3, 4], 1, 3)',
    [2, 3],
  ],
  [
    'enumerate(list: list)',
    ([list = ANY]) => listOf(entry(itemOf(list))),
    'Each item with its index',
    'enumerate(["a"])',
    [{ index: 0, value: 'a' }],
  ],
  [
    'range(start: integer, [end: integer])',
    () => listOf(INTEGER),
    'The whole numbers from start up to end, or from 0',
    'range(3)',
    [0, 1, 2],
  ],
  ['url_encode(text: text)', () => STRING, 'Made safe for a part of a URL', 'url_encode("a b&c")', 'a%20b%26c'],
  [
    'format_date(date: date, pattern: text, [offset: text])',
    () => STRING,
    'A date in a pattern of YYYY MM DD HH mm ss SSS Z, MMMM MMM dddd ddd and [text], in UTC unless there is an offset',
    'format_date("2026-01-31T08:05:00Z", "DD MMM YYYY, HH:mm")',
    '31 Jan 2026, 08:05',
  ],
];

/** Every function that expressions may call with values; the closed list. */
export const SIGNATURES: readonly Signature[] = ROWS.map(([declaration, gives, summary, example, result]) => {
  const [, name = '', list = ''] = /^([\w.]+)\((.*)\)$/.exec(declaration) ?? [];
  const parameters = [...list.matchAll(/: (\w+)/g)].map(([, parameter]) => parameter as Parameter);
  const spare = list.split('[').length - 1;
  const usage = `${name}(${list.replace(/: \w+/g, '')})`;
  return { name, parameters, spare, isVariadic: list.endsWith('...'), gives, usage, summary, example, result };
});

function numeric(type: StaticType): StaticType {
  return isNumeric(type) ? type : ANY;
}

function least(types: readonly StaticType[]): StaticType {
  const [first = ANY] = types;
  if (types.length > 1) return joined(types);
  return first.kind === 'list' ? itemOf(first) : first;
}

function sameList(list: StaticType): StaticType {
  return list.kind === 'list' ? list : listOf(ANY);
}

function flat([list = ANY]: readonly StaticType[]): StaticType {
  const item = itemOf(list);
  if (item.kind === 'list') return item;
  return item.kind === 'any' ? listOf(ANY) : list;
}

function entry(value: StaticType): StaticType {
  const schema = {
    type: 'object',
    properties: { index: INTEGER.schema, value: value.schema },
    additionalProperties: false,
  };
  return { kind: 'map', schema };
}
