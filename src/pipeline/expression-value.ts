import { PipelineError } from '../errors.ts';
import type { Json, JsonObject } from './json.ts';

/** How many nodes and list elements one evaluation may touch. */
export const EVALUATION_NODES_MAX = 100_000;
/** The longest text or list (in characters of its JSON) that one evaluation may build. */
export const EVALUATION_CHARS_MAX = 1024 * 1024;
/** How deep a value may be nested that an expression compares, renders or builds. */
export const VALUE_DEPTH_MAX = 250;

/** Text costs as much as a node for each so many characters. */
const CHARS_PER_NODE = 64;

/** What `a.?b` gives: a value that may not be there. */
export class Optional {
  readonly value: Value | undefined;

  constructor(value: Value | undefined) {
    this.value = value;
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
export type Value = null | boolean | bigint | number | string | readonly Json[] | JsonObject | Optional;

/** Stops an evaluation. The caller of the evaluation adds which expression it was. */
export function fail(reason: string): never {
  throw new PipelineError('EXPRESSION_FAILED', reason);
}

/** Counts what an evaluation costs, and stops it when it costs too much. */
export class Meter {
  #nodesLeft = EVALUATION_NODES_MAX;

  spend(nodes: number): void {
    this.#nodesLeft -= nodes;
    if (this.#nodesLeft < 0) {
      throw new PipelineError('EXPRESSION_LIMIT', `it takes more than ${count(EVALUATION_NODES_MAX)} steps`);
    }
  }

  /** For text that is read through. */
  read(text: string): string {
    this.spend(Math.ceil(text.length / CHARS_PER_NODE));
    return text;
  }

  /** For text that is about to be built, or has just been. */
  build(chars: number): void {
    if (chars > EVALUATION_CHARS_MAX) {
      throw new PipelineError(
        'EXPRESSION_LIMIT',
        `it builds a value of more than ${count(EVALUATION_CHARS_MAX)} characters`,
      );
    }
    this.spend(Math.ceil(chars / CHARS_PER_NODE));
  }
}

function count(number: number): string {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** A number read from JSON: an int when it is whole and exact, else a double. */
export function fromNumber(number: number): bigint | number {
  return Number.isSafeInteger(number) ? BigInt(number) : number;
}

/** A value read from JSON. */
export function fromJson(json: Json): Value {
  return typeof json === 'number' ? fromNumber(json) : json;
}

/** The value as it leaves an expression or enters a list or map; an optional that is empty becomes null. */
export function toJson(value: Value): Json {
  if (value === 0) return 0;
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Optional) return value.value === undefined ? null : toJson(value.value);
  return value;
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
  if (depth > VALUE_DEPTH_MAX) {
    throw new PipelineError('EXPRESSION_LIMIT', `a value is nested more than ${VALUE_DEPTH_MAX} levels deep`);
  }
  const isList = isJsonList(json);
  let size = 2;
  for (const key of isList ? json.keys() : Object.keys(json)) {
    if (size >= most) return size;
    const item = (json as JsonObject)[key] as Json;
    size += (isList ? 1 : String(key).length + 4) + sizeOf(item, most - size, depth + 1);
  }
  return size;
}

/** `Array.isArray`, as a type guard that knows read-only lists. */
export function isJsonList(value: unknown): value is readonly Json[] {
  return Array.isArray(value);
}

export function isJsonObject(value: Value | Missing | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !isJsonList(value) && !isInFlight(value);
}

function isInFlight(value: object): boolean {
  return value instanceof Optional || value instanceof Missing;
}

/** What a value is, for people. */
export function kindOf(value: Value): string {
  if (value === null) return 'null';
  if (value instanceof Optional) return 'an optional value';
  if (isJsonList(value)) return 'a list';
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

/** Deep equality; numbers are equal when they are the same number, whatever their type. */
export function isEqual(left: Value, right: Value, meter: Meter): boolean {
  return isEqualJson(toJson(left), toJson(right), { meter, depth: 0 });
}

function isEqualJson(left: Json, right: Json, at: { meter: Meter; depth: number }): boolean {
  at.meter.spend(1);
  if (left === null || right === null || typeof left !== 'object' || typeof right !== 'object') {
    if (typeof left === 'string' && typeof right === 'string' && left.length === right.length) at.meter.read(left);
    return left === right;
  }
  if (at.depth > VALUE_DEPTH_MAX) {
    throw new PipelineError('EXPRESSION_LIMIT', `a value is nested more than ${VALUE_DEPTH_MAX} levels deep`);
  }
  if (isJsonList(left) !== isJsonList(right)) return false;
  const keys = Object.keys(left);
  if (keys.length !== Object.keys(right).length) return false;
  const below = { meter: at.meter, depth: at.depth + 1 };
  return keys.every(
    (key) =>
      Object.hasOwn(right, key) &&
      isEqualJson((left as JsonObject)[key] as Json, (right as JsonObject)[key] as Json, below),
  );
}

/** Negative, zero or positive, as for sorting. Only numbers with numbers and text with text have an order. */
export function compare(left: Value, right: Value, meter: Meter): number {
  const [first, second] = [toJson(left), toJson(right)];
  const isOrdered =
    (typeof first === 'number' && typeof second === 'number') ||
    (typeof first === 'string' && typeof second === 'string') ||
    (typeof first === 'boolean' && typeof second === 'boolean');
  if (!isOrdered) fail(`${kindOf(left)} and ${kindOf(right)} have no order`);
  if (typeof first === 'string') meter.read(first);
  if (first === second) return 0;
  return (first as number) < (second as number) ? -1 : 1;
}
