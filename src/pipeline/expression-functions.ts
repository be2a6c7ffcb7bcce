import { PipelineError } from '../errors.ts';
import { finite, add } from './expression-arithmetic.ts';
import { formatDate } from './expression-date.ts';
import { type Call, codePoints, integerAt, listAt, numberAt, optionalAt, textAt, valueAt } from './expression-call.ts';
import {
  Optional,
  type Value,
  compare,
  fail,
  fromJson,
  isJsonList,
  isJsonObject,
  kindOf,
  sizeOf,
  toJson,
  toText,
} from './expression-value.ts';
import { canonicalJson, type Json } from './json.ts';

/** The functions that expressions may call, besides those that the evaluator itself must know (`has`, `map`, `coalesce` …). */
const FUNCTIONS: ReadonlyMap<string, (call: Call) => Value> = new Map<string, (call: Call) => Value>([
  ['size', size],
  ['string', (call) => toText(valueAt(call, 0), call.meter)],
  ['int', toInt],
  ['double', toDouble],
  ['bool', toBool],
  ['dyn', (call) => valueAt(call, 0)],
  ['type', (call) => typeName(valueAt(call, 0))],
  ['contains', (call) => textAt(call, 0).includes(textAt(call, 1))],
  ['startsWith', (call) => textAt(call, 0).startsWith(textAt(call, 1))],
  ['endsWith', (call) => textAt(call, 0).endsWith(textAt(call, 1))],
  ['matches', matches],
  ['optional.of', (call) => new Optional(valueAt(call, 0))],
  ['optional.none', () => new Optional(undefined)],
  ['hasValue', (call) => optionalAt(call, 0).value !== undefined],
  ['value', (call) => optionalAt(call, 0).value ?? fail('the optional value is not there')],
  ['join', join],
  ['split', split],
  ['replace', replace],
  ['trim', (call) => textAt(call, 0).trim()],
  ['lower', (call) => textAt(call, 0).toLowerCase()],
  ['upper', (call) => textAt(call, 0).toUpperCase()],
  ['substring', (call) => cut(codePoints(textAt(call, 0)), call).join('')],
  ['truncate', truncate],
  ['format', format],
  ['json', (call) => json(valueAt(call, 0), call)],
  ['parse_json', parseJson],
  ['sum', sum],
  ['min', (call) => extreme(call, -1)],
  ['max', (call) => extreme(call, 1)],
  ['round', round],
  ['sort', sort],
  ['distinct', distinct],
  ['flatten', flatten],
  ['slice', (call) => cut(listAt(call, 0), call)],
  ['enumerate', (call) => listAt(call, 0).map((value, index) => ({ index, value }))],
  ['range', range],
  ['url_encode', urlEncode],
  ['format_date', formatDate],
]);

/** The names of the functions, sorted; the table of signatures covers the same ones. */
export function functionNames(): readonly string[] {
  return [...FUNCTIONS.keys()].toSorted();
}

/** Calls a function of the closed list. */
export function callFunction(call: Call): Value {
  const implementation = FUNCTIONS.get(call.name);
  if (implementation === undefined)
    throw new PipelineError('INTERNAL', `the plan calls an unknown function "${call.name}"`);
  return implementation(call);
}

function size(call: Call): Value {
  const value = valueAt(call, 0);
  if (typeof value === 'string') return BigInt(codePoints(textAt(call, 0)).length);
  if (isJsonList(value)) return BigInt(value.length);
  if (isJsonObject(value)) return BigInt(Object.keys(value).length);
  return fail(`size() needs text, a list or a map, not ${kindOf(value)}`);
}

function typeName(value: Value): string {
  if (value === null) return 'null_type';
  if (value instanceof Optional) return 'optional_type';
  if (isJsonList(value)) return 'list';
  const names: Record<string, string> = { bigint: 'int', number: 'double', boolean: 'bool', object: 'map' };
  return names[typeof value] ?? 'string';
}

function toInt(call: Call): Value {
  const value = valueAt(call, 0);
  if (typeof value === 'bigint') return value;
  const number = typeof value === 'string' && /^[+-]?\d{1,20}$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number')
    return fail(`int() needs a number or the text of a whole number, not ${kindOf(value)}`);
  const int = Math.trunc(number);
  return Number.isSafeInteger(int) ? BigInt(int) : fail('int() gives whole numbers up to ±9007199254740991');
}

function toDouble(call: Call): Value {
  const value = valueAt(call, 0);
  if (typeof value === 'bigint' || typeof value === 'number') return Number(value);
  if (typeof value !== 'string' || !/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value.slice(0, 400))) {
    return fail(`double() needs a number or the text of a number, not ${kindOf(value)}`);
  }
  return finite(Number(value));
}

const TRUTHS: ReadonlyMap<Value, boolean> = new Map([
  ...['1', 't', 'true', 'TRUE', 'True'].map((text) => [text, true] as const),
  ...['0', 'f', 'false', 'FALSE', 'False'].map((text) => [text, false] as const),
]);

function toBool(call: Call): Value {
  const value = valueAt(call, 0);
  return typeof value === 'boolean' ? value : (TRUTHS.get(value) ?? fail('bool() needs true or false, or their text'));
}

function matches(call: Call): Value {
  if (call.host === undefined) throw new PipelineError('INTERNAL', 'matches() was called where RE2 is not at hand');
  return call.host.matches(textAt(call, 0), textAt(call, 1));
}

function join(call: Call): Value {
  const separator = call.values.length > 1 ? textAt(call, 1) : '';
  const texts = listAt(call, 0).map((item) => toText(item, call.meter));
  call.meter.build(texts.reduce((chars, text) => chars + text.length + separator.length, 0));
  return texts.join(separator);
}

function split(call: Call): Value {
  const parts = textAt(call, 0).split(textAt(call, 1));
  const most = call.values.length > 2 ? integerAt(call, 2) : parts.length;
  call.meter.spend(parts.length);
  if (most >= parts.length) return parts;
  if (most < 1) return fail('split() needs a limit of at least 1');
  return [...parts.slice(0, most - 1), parts.slice(most - 1).join(textAt(call, 1))];
}

function replace(call: Call): Value {
  const [text, from, to] = [textAt(call, 0), textAt(call, 1), textAt(call, 2)];
  const parts = text.split(from);
  call.meter.spend(parts.length);
  call.meter.build(text.length + (parts.length - 1) * (to.length - from.length));
  return parts.join(to);
}

/** The part of a list from its second to its third argument; positions beyond the end mean the end. */
function cut<T>(items: readonly T[], call: Call): T[] {
  const end = call.values.length > 2 ? integerAt(call, 2) : items.length;
  const start = integerAt(call, 1);
  if (start < 0 || end < 0) return fail(`${call.name}() counts from 0, and a position is negative`);
  return items.slice(start, end);
}

function truncate(call: Call): Value {
  const [characters, most] = [codePoints(textAt(call, 0)), integerAt(call, 1)];
  const ending = call.values.length > 2 ? textAt(call, 2) : '';
  if (most < 0) return fail('truncate() needs a length of 0 or more');
  if (characters.length <= most) return characters.join('');
  const kept = Math.max(0, most - codePoints(ending).length);
  return characters.slice(0, kept).join('') + codePoints(ending).slice(0, most).join('');
}

function format(call: Call): Value {
  const values = listAt(call, 1);
  let next = 0;
  const text = textAt(call, 0).replace(/%(%|s|d|(?:\.(\d{1,2}))?f|.|$)/gsu, (found, verb: string, digits?: string) => {
    if (verb === '%') return '%';
    if (next >= values.length) return fail(`format() has ${values.length} values, and its text asks for more`);
    return formatOne({ verb, digits, found }, fromJson(values[next++] as Json), call);
  });
  call.meter.build(text.length);
  return text;
}

function formatOne(
  place: { verb: string; digits: string | undefined; found: string },
  value: Value,
  call: Call,
): string {
  if (place.verb === 's') return toText(value, call.meter);
  const number = toJson(value);
  if (place.verb !== 'd' && !place.verb.endsWith('f'))
    return fail(`format() knows %s, %d, %f, %.2f and %%, not "${place.found}"`);
  if (typeof number !== 'number') return fail(`format() needs a number for ${place.found}, not ${kindOf(value)}`);
  if (place.verb !== 'd') return number.toFixed(Math.min(Number(place.digits ?? 6), 20));
  return Number.isInteger(number) ? String(number) : fail('format() needs a whole number for %d');
}

function json(value: Value, call: Call): string {
  const plain = toJson(value);
  call.meter.build(sizeOf(plain, Infinity));
  return JSON.stringify(plain);
}

function parseJson(call: Call): Value {
  const text = textAt(call, 0);
  call.meter.build(text.length);
  const parsed = parsedOrUndefined(text);
  if (parsed === undefined) return fail('parse_json() was given text that is not JSON');
  sizeOf(parsed, Infinity);
  return fromJson(parsed);
}

function parsedOrUndefined(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function sum(call: Call): Value {
  return listAt(call, 0).reduce<Value>((total, item) => add(total, fromJson(item), call.meter), 0n);
}

function extreme(call: Call, sign: 1 | -1): Value {
  const only = valueAt(call, 0);
  const values = call.values.length === 1 && isJsonList(only) ? only.map((item) => fromJson(item)) : call.values;
  call.meter.spend(values.length);
  if (values.length === 0) return fail(`${call.name}() of an empty list is nothing`);
  return values.reduce((best, value) => (compare(value, best, call.meter) * sign > 0 ? value : best));
}

function round(call: Call): Value {
  const number = numberAt(call, 0);
  if (call.values.length === 1) return BigInt(Math.sign(number) * Math.round(Math.abs(number)));
  const digits = integerAt(call, 1);
  if (digits < 0 || digits > 15) return fail('round() keeps 0 to 15 digits');
  // Through the decimal text: 1.005 * 100 is 100.49999999999999.
  const shifted = Math.round(Number(`${Math.abs(number)}e${digits}`));
  const rounded = Math.sign(number) * Number(`${shifted}e-${digits}`);
  return Number.isNaN(rounded) ? number : rounded;
}

function sort(call: Call): Value {
  const key = call.values.length > 1 ? textAt(call, 1) : undefined;
  const items = listAt(call, 0).map((item) => ({ item, by: key === undefined ? item : field(item, key) }));
  return items.toSorted((a, b) => compare(fromJson(a.by), fromJson(b.by), spending(call))).map(({ item }) => item);
}

function spending({ meter }: Call): Call['meter'] {
  meter.spend(1);
  return meter;
}

function field(item: Json, key: string): Json {
  if (!isJsonObject(item) || !Object.hasOwn(item, key)) return fail(`sort() finds no field "${key}" in an item`);
  return item[key] as Json;
}

function distinct(call: Call): Value {
  const seen = new Set<string>();
  return listAt(call, 0).filter((item) => {
    call.meter.build(sizeOf(item, Infinity));
    const text = canonicalJson(item);
    return !seen.has(text) && seen.add(text);
  });
}

function flatten(call: Call): Value {
  const flat = listAt(call, 0).flatMap((item) => (isJsonList(item) ? item : [item]));
  call.meter.spend(flat.length);
  return flat;
}

function range(call: Call): Value {
  const [start, end] = call.values.length > 1 ? [integerAt(call, 0), integerAt(call, 1)] : [0, integerAt(call, 0)];
  const length = Math.max(0, end - start);
  call.meter.spend(length);
  return Array.from({ length }, (_, index) => start + index);
}

function urlEncode(call: Call): Value {
  const encoded = encodeURIComponent(textAt(call, 0).toWellFormed());
  call.meter.build(encoded.length);
  return encoded;
}
