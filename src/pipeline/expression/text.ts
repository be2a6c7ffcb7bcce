import type { Json } from '../json.ts';
import { type Call, type Implementation, cut, integerAt, listAt, textAt, valueAt } from './call.ts';
import { EVALUATION_CHARS_MAX, fail } from './meter.ts';
import { type Value, fromJson, kindOf, sizeOf, toJson, toText } from './value.ts';

/** The functions that take or make text. */
export const TEXT_FUNCTIONS: Readonly<Record<string, Implementation>> = {
  contains: (call) => textAt(call, 0).includes(textAt(call, 1)),
  startsWith: (call) => textAt(call, 0).startsWith(textAt(call, 1)),
  endsWith: (call) => textAt(call, 0).endsWith(textAt(call, 1)),
  matches,
  join,
  split,
  replace,
  trim: (call) => textAt(call, 0).trim(),
  lower: (call) => textAt(call, 0).toLowerCase(),
  upper: (call) => textAt(call, 0).toUpperCase(),
  substring: (call) => cut(charactersOf(textAt(call, 0)), call).join(''),
  truncate,
  format,
  json,
  parse_json: parseJson,
  url_encode: urlEncode,
};

/** The characters of a text as CEL counts them: one that takes two places in UTF-16 is one. */
export function charactersOf(text: string): string[] {
  return Array.from(text);
}

function matches(call: Call): Value {
  const [text, pattern] = [textAt(call, 0), textAt(call, 1)];
  if (call.host === undefined) return fail('matches() needs RE2, which is not at hand here');
  return call.host.matches(text, pattern, (steps) => call.meter.spend(steps));
}

function join(call: Call): Value {
  const separator = call.values.length > 1 ? textAt(call, 1) : '';
  const texts = listAt(call, 0).map((item) => toText(item, call.meter));
  call.meter.build(texts.reduce((chars, text) => chars + text.length + separator.length, 0));
  return texts.join(separator);
}

function split(call: Call): Value {
  const [text, separator] = [textAt(call, 0), textAt(call, 1)];
  const parts = text.split(separator);
  call.meter.spend(parts.length);
  const most = call.values.length > 2 ? integerAt(call, 2) : Infinity;
  if (most < 1) return fail('split() needs a limit of at least 1');
  if (most >= parts.length) return parts;
  return [...parts.slice(0, most - 1), parts.slice(most - 1).join(separator)];
}

function replace(call: Call): Value {
  const [text, from, to] = [textAt(call, 0), textAt(call, 1), textAt(call, 2)];
  const parts = text.split(from);
  call.meter.spend(parts.length);
  call.meter.build(text.length + (parts.length - 1) * (to.length - from.length));
  return parts.join(to);
}

function truncate(call: Call): Value {
  const [characters, most] = [charactersOf(textAt(call, 0)), integerAt(call, 1)];
  if (most < 0) return fail('truncate() needs a length of 0 or more');
  if (characters.length <= most) return characters.join('');
  const ending = charactersOf(call.values.length > 2 ? textAt(call, 2) : '').slice(0, most);
  return [...characters.slice(0, most - ending.length), ...ending].join('');
}

function format(call: Call): Value {
  const values = listAt(call, 1);
  let next = 0;
  const text = textAt(call, 0).replace(/%(%|s|d|(?:\.\d{1,2})?f|.?)/gsu, (place: string, verb: string) => {
    if (verb === '%') return '%';
    if (next === values.length) return fail(`format() has ${values.length} values, and its text asks for more`);
    next += 1;
    const piece = formatOne(place, values[next - 1] as Json, call);
    call.meter.build(piece.length);
    return piece;
  });
  if (next < values.length) return fail(`format() has ${values.length} values, and its text asks for ${next}`);
  call.meter.build(text.length);
  return text;
}

function formatOne(place: string, value: Json, call: Call): string {
  const verb = place.at(-1);
  if (verb === 's') return toText(value, call.meter);
  if (verb !== 'd' && verb !== 'f') return fail(`format() knows %s, %d, %f, %.2f and %%, not "${place}"`);
  if (typeof value !== 'number') return fail(`format() needs a number for ${place}, not ${kindOf(value)}`);
  if (verb === 'f') return value.toFixed(place.startsWith('%.') ? Number(place.slice(2, -1)) : 6);
  return Number.isInteger(value) ? String(value) : fail('format() needs a whole number for %d');
}

function json(call: Call): Value {
  const value = toJson(valueAt(call, 0));
  call.meter.build(sizeOf(value, EVALUATION_CHARS_MAX + 1));
  return JSON.stringify(value);
}

function parseJson(call: Call): Value {
  const text = textAt(call, 0);
  call.meter.build(text.length);
  const value = parsed(text);
  if (value === undefined) return fail('parse_json() was given text that is not JSON');
  // Refuses what is nested so deeply that nobody could walk through it.
  sizeOf(value, Infinity);
  return fromJson(value);
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    // `JSON.parse` throws for no other reason than that.
    return undefined;
  }
}

function urlEncode(call: Call): Value {
  // Half a surrogate pair cannot be encoded, and would throw.
  const text = textAt(call, 0);
  call.meter.build(text.length);
  const encoded = encodeURIComponent(text.toWellFormed());
  call.meter.build(encoded.length);
  return encoded;
}
