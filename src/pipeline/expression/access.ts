import type { Json } from '../json.ts';
import type { Code } from '../plan.ts';
import { type Frame, type Operator, operand, valueOf } from './frame.ts';
import { fail } from './meter.ts';
import {
  Missing,
  Optional,
  type Value,
  fromJson,
  isJsonList,
  isJsonObject,
  jsonToText,
  kindOf,
  toJson,
} from './value.ts';

/** Reading names, fields and items, and asking whether they are there. */
export const ACCESS: Readonly<Record<string, Operator>> = {
  read: ([, path], { values }) => fromJson(rootValue(String(path), values)),
  local: ([, name], { local }) => {
    for (let at = local; at !== undefined; at = at.outer) if (at.name === name) return at.value;
    return fail(`there is no variable "${String(name)}"`);
  },
  get: (code, frame) => get(operand(code, 1, frame), () => valueOf(code, 2, frame)),
  'get?': (code, frame) => getOptional(operand(code, 1, frame), () => valueOf(code, 2, frame)),
  double: (code, frame) => asDouble(operand(code, 1, frame)),
  has: (code, frame) => isPresent(operand(code, 1, frame)),
  coalesce,
  orValue: (code, frame) => contentOf(valueOf(code, 1, frame)) ?? operand(code, 2, frame),
  or: (code, frame) => {
    const first = valueOf(code, 1, frame);
    return contentOf(first) === undefined ? valueOf(code, 2, frame) : first;
  },
};

function rootValue(path: string, values: Readonly<Record<string, Json>>): Json {
  return Object.hasOwn(values, path) ? (values[path] as Json) : fail(`there is no value for "${path}"`);
}

function get(target: Value | Missing, keyOf: () => Value): Value | Missing {
  if (target instanceof Missing) return target;
  if (target instanceof Optional) return target.value === undefined ? target : getOptional(target.value, keyOf);
  const key = keyOf();
  if (target === null) return new Missing(`${named(key)} is read from null`);
  if (isJsonList(target)) return itemOf(target, key);
  if (!isJsonObject(target)) return fail(`${named(key)} is read from ${kindOf(target)}`);
  if (typeof key !== 'string') return fail(`a field's name must be text, and it is ${kindOf(key)}`);
  return Object.hasOwn(target, key) ? fromJson(target[key] as Json) : new Missing(`there is no field ${named(key)}`);
}

function itemOf(list: readonly Json[], key: Value): Value | Missing {
  const index = toJson(key);
  if (typeof index !== 'number') return fail(`a list is read by number, not by ${kindOf(key)}`);
  const found = list[index];
  if (found === undefined) return new Missing(`there is no item ${index} in a list of ${list.length}`);
  return fromJson(found);
}

const KEY_SHOWN_CHARS = 60;

function named(key: Value): string {
  return typeof key === 'string' ? `"${key.slice(0, KEY_SHOWN_CHARS)}"` : `item ${jsonToText(toJson(key))}`;
}

function getOptional(target: Value | Missing, keyOf: () => Value): Optional {
  const value = get(target, keyOf);
  if (value instanceof Optional) return value;
  return new Optional(value instanceof Missing ? undefined : value);
}

/** Keeps what its schema calls a `number` a double, though JSON writes 3.0 as 3. */
function asDouble(value: Value | Missing): Value | Missing {
  if (value instanceof Optional && typeof value.value === 'bigint') return new Optional(Number(value.value));
  return typeof value === 'bigint' ? Number(value) : value;
}

/** Null is not there: an optional input that is not given, or the output of a step that was skipped, is null. */
function isPresent(value: Value | Missing | undefined): value is Value {
  if (value instanceof Optional) return isPresent(value.value);
  return value !== undefined && value !== null && !(value instanceof Missing);
}

function coalesce([, ...operands]: readonly Code[], frame: Frame): Value | Missing {
  for (const code of operands) {
    const value = frame.run(code, frame);
    const content = value instanceof Optional ? value.value : value;
    if (isPresent(content)) return content;
  }
  return null;
}

function contentOf(value: Value): Value | undefined {
  return value instanceof Optional
    ? value.value
    : fail(`only an optional value such as a.?b has an alternative, and this is ${kindOf(value)}`);
}
