import type { Json, JsonObject } from '../json.ts';
import { EVALUATION_CHARS_MAX, type Meter, exceed } from './meter.ts';

/** How deep a value may be nested that an expression compares, renders or builds. */
export const VALUE_DEPTH_MAX = 250;

/** What `a.?b` gives: a value that may not be there. */
export class Optional {
  readonly value: Value | undefined;

  constructor(value: Value | undefined) {
    this.value = value;
  }
}

/** A point in time, as milliseconds since 1970. It leaves an expression as ISO 8601 text. */
export class Timestamp {
  readonly ms: number;

  constructor(ms: number) {
    this.ms = ms;
  }
}

/** A length of time. It leaves an expression as text such as `5400s`. */
export class Duration {
  readonly ms: number;

  constructor(ms: number) {
    this.ms = ms;
  }
}

/** What reading something that is not there gives. Most operators refuse it; `has`, `coalesce` and `.?` do not. */
export class Missing {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

/**
 * A value in flight: JSON, with whole numbers as bigint so that `7 / 2` is 3 and `7.0 / 2` is 3.5.
 * Whatever stands inside a list or map is plain JSON.
 */
export type Value =
  null | boolean | bigint | number | string | readonly Json[] | JsonObject | Optional | Timestamp | Duration;

/** A value read from JSON. A number is whole when it is so and exact, else a double. */
export function fromJson(json: Json): Value {
  return typeof json === 'number' && Number.isSafeInteger(json) ? BigInt(json) : json;
}

/** The value as it leaves an expression or enters a list or map; an optional that is empty becomes null. */
export function toJson(value: Value): Json {
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Optional) return value.value === undefined ? null : toJson(value.value);
  if (value instanceof Timestamp) return new Date(value.ms).toISOString();
  if (value instanceof Duration) return `${value.ms / 1000}s`;
  // JSON knows one zero.
  return value === 0 ? 0 : value;
}

/** The value as text, as it stands inside other text: JSON for lists and maps, nothing for null. */
export function toText(value: Value, meter: Meter): string {
  const json = toJson(value);
  if (typeof json === 'object') meter.build(sizeOf(json, EVALUATION_CHARS_MAX + 1));
  return jsonToText(json);
}

/** The same for a value that has left its expression. */
export function jsonToText(json: Json): string {
  if (typeof json === 'string') return json;
  return json === null ? '' : JSON.stringify(json);
}

/**
 * About how long the JSON of a value is, without making it; stops counting at `most`.
 * Throws `EXPRESSION_LIMIT` for a value that is nested too deeply.
 */
export function sizeOf(json: Json, most: number, depth = 0): number {
  if (typeof json === 'string') return json.length + 2;
  if (json === null || typeof json !== 'object') return 4;
  refuseDepth(depth);
  const isList = isJsonList(json);
  let size = 2;
  for (const [key, item] of isList ? json.entries() : Object.entries(json)) {
    if (size >= most) return size;
    size += (typeof key === 'string' ? key.length + 4 : 1) + sizeOf(item, most - size, depth + 1);
  }
  return size;
}

/** Throws `EXPRESSION_LIMIT` for a value that is nested too deeply to be walked through. */
export function refuseDepth(depth: number): void {
  if (depth > VALUE_DEPTH_MAX) exceed(`a value is nested more than ${VALUE_DEPTH_MAX} levels deep`);
}

/** `Array.isArray`, as a type guard that knows read-only lists. */
export function isJsonList(value: unknown): value is readonly Json[] {
  return Array.isArray(value);
}

export function isJsonObject(value: Value): value is JsonObject {
  return typeof value === 'object' && value !== null && !isJsonList(value) && !isInFlight(value);
}

function isInFlight(value: object): boolean {
  return value instanceof Optional || value instanceof Timestamp || value instanceof Duration;
}

/** The names of a map's fields; finding them takes as long as there are fields. */
export function keysOf(map: JsonObject, meter: Meter): string[] {
  const keys = Object.keys(map);
  meter.spend(keys.length);
  return keys;
}

/** What a value is, for people. */
export function kindOf(value: Value): string {
  if (value === null) return 'null';
  if (isJsonList(value)) return 'a list';
  if (value instanceof Optional) return 'an optional value';
  if (value instanceof Timestamp) return 'a timestamp';
  if (value instanceof Duration) return 'a duration';
  switch (typeof value) {
    case 'string':
      return 'text';
    case 'boolean':
      return 'a boolean';
    case 'object':
      return 'a map';
    default:
      return 'a number';
  }
}
