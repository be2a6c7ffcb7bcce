import type { Json } from '../json.ts';
import {
  ANY,
  BOOLEAN,
  DURATION,
  INTEGER,
  NUMBER,
  STRING,
  TIMESTAMP,
  type StaticType,
  contentOf,
  isNumeric,
  itemOf,
  joined,
  listOf,
  optionalOf,
} from './types.ts';

/** A function: its parameters with their types, what it gives, what it does, an example, and the example's result. */
export type FunctionRow = readonly [
  declaration: string,
  gives: (first: StaticType, types: readonly StaticType[]) => StaticType,
  summary: string,
  example: string,
  result: Json,
];

/** The closed list of functions that expressions may call with values. */
export const FUNCTION_ROWS: readonly FunctionRow[] = [
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
  ['optional.of(value: any)', (of) => optionalOf(of), 'An optional that is there', 'optional.of(1).hasValue()', true],
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
    (of) => contentOf(of),
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
  ['sum(list: list)', (list) => numeric(itemOf(list)), 'The sum of numbers; 0 for none', 'sum([1, 2.5])', 3.5],
  ['min(value: any, ...)', least, 'The smallest of its arguments, or of one list', 'min([3, 1, 2])', 1],
  ['max(value: any, ...)', least, 'The largest of its arguments, or of one list', 'max(3, 7)', 7],
  [
    'round(number: number, [digits: integer])',
    (_, types) => (types.length > 1 ? NUMBER : INTEGER),
    'To the nearest whole number, or to so many digits',
    'round(2.345, 2)',
    2.35,
  ],
  [
    'sort(list: list, [field: text])',
    (list) => sameList(list),
    'In ascending order, of numbers or of texts; maps by a field',
    'sort([3, 1, 2])',
    [1, 2, 3],
  ],
  [
    'distinct(list: list)',
    (list) => sameList(list),
    'Each value once, in the order of first appearance',
    'distinct([1, 2, 1])',
    [1, 2],
  ],
  ['flatten(list: list)', flat, 'The items of the lists in a list', 'flatten([[1], [2, 3]])', [1, 2, 3]],
  [
    'slice(list: list, start: integer, [end: integer])',
    (list) => sameList(list),
    'The items from start up to end, counted from 0',
    'slice([1, 2, 3, 4], 1, 3)',
    [2, 3],
  ],
  [
    'enumerate(list: list)',
    (list) => listOf(entry(itemOf(list))),
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
    'timestamp(value: instant)',
    () => TIMESTAMP,
    'The point in time that a date in ISO 8601 names, or seconds since 1970',
    'timestamp("2026-01-31T08:00:00Z") + duration("36h")',
    '2026-02-01T20:00:00.000Z',
  ],
  [
    'duration(text: length)',
    () => DURATION,
    'A length of time in d, h, m, s and ms',
    'timestamp(90) - timestamp(0) < duration("1m40s")',
    true,
  ],
  [
    'getFullYear(time: date, [offset: text])',
    () => INTEGER,
    'The year of a timestamp, in UTC unless there is an offset',
    'getFullYear("2026-12-31T23:30:00Z", "+01:00")',
    2027,
  ],
  ['getMonth(time: date, [offset: text])', () => INTEGER, 'The month, from 0', 'getMonth("2026-01-31")', 0],
  ['getDate(time: date, [offset: text])', () => INTEGER, 'The day of the month, from 1', 'getDate("2026-01-31")', 31],
  [
    'getDayOfMonth(time: date, [offset: text])',
    () => INTEGER,
    'The day of the month, from 0',
    'getDayOfMonth("2026-01-31")',
    30,
  ],
  [
    'getDayOfWeek(time: date, [offset: text])',
    () => INTEGER,
    'The day of the week, from 0 for Sunday',
    'getDayOfWeek("2026-01-31")',
    6,
  ],
  [
    'getDayOfYear(time: date, [offset: text])',
    () => INTEGER,
    'The day of the year, from 0',
    'getDayOfYear("2026-02-01")',
    31,
  ],
  [
    'getHours(time: time, [offset: text])',
    () => INTEGER,
    'The hour of a timestamp, or all hours of a duration',
    'duration("90m").getHours()',
    1,
  ],
  [
    'getMinutes(time: time, [offset: text])',
    () => INTEGER,
    'The minute of a timestamp, or all minutes of a duration',
    'duration("90m").getMinutes()',
    90,
  ],
  [
    'getSeconds(time: time, [offset: text])',
    () => INTEGER,
    'The second of a timestamp, or all seconds of a duration',
    'timestamp(90).getSeconds()',
    30,
  ],
  [
    'getMilliseconds(time: time, [offset: text])',
    () => INTEGER,
    'The millisecond of a timestamp, or all of a duration',
    'duration("1.5s").getMilliseconds()',
    1500,
  ],
  [
    'format_date(time: date, pattern: text, [offset: text])',
    () => STRING,
    'A date in a pattern of YYYY MM DD HH mm ss SSS Z, MMMM MMM dddd ddd and [text], in UTC unless there is an offset',
    'format_date("2026-01-31T08:05:00Z", "DD MMM YYYY, HH:mm")',
    '31 Jan 2026, 08:05',
  ],
];

function numeric(type: StaticType): StaticType {
  return isNumeric(type) ? type : ANY;
}

function least(first: StaticType, types: readonly StaticType[]): StaticType {
  if (types.length > 1) return joined(types);
  return first.kind === 'list' ? itemOf(first) : first;
}

function sameList(list: StaticType): StaticType {
  return list.kind === 'list' ? list : listOf(ANY);
}

function flat(list: StaticType): StaticType {
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
