import { Optional, type Meter, type Value, fail, isJsonList, kindOf, toJson } from './expression-value.ts';
import type { Json } from './json.ts';

/** What cannot run in a workflow and is lent by whoever evaluates outside of one. */
export interface HostFunctions {
  /** Whether a regular expression (RE2) is found in a text. Throws `EXPRESSION_FAILED` for an invalid one. */
  matches(text: string, pattern: string): boolean;
}

/** One call of a function: its arguments and what it may use. */
export interface Call {
  readonly name: string;
  readonly values: readonly Value[];
  readonly meter: Meter;
  readonly host: HostFunctions | undefined;
}

/** An argument; one that is missing is null, which the signatures rule out. */
export function valueAt({ values }: Call, index: number): Value {
  return values[index] ?? null;
}

export function textAt(call: Call, index: number): string {
  const value = valueAt(call, index);
  return typeof value === 'string' ? call.meter.read(value) : refuse(call, value, 'text');
}

export function listAt(call: Call, index: number): readonly Json[] {
  const value = valueAt(call, index);
  if (!isJsonList(value)) return refuse(call, value, 'a list');
  call.meter.spend(value.length);
  return value;
}

export function numberAt(call: Call, index: number): number {
  const number = toJson(valueAt(call, index));
  return typeof number === 'number' ? number : refuse(call, number, 'a number');
}

export function integerAt(call: Call, index: number): number {
  const number = numberAt(call, index);
  return Number.isInteger(number) ? number : fail(`${call.name}() needs a whole number, not ${number}`);
}

export function optionalAt(call: Call, index: number): Optional {
  const value = valueAt(call, index);
  return value instanceof Optional ? value : refuse(call, value, 'an optional value');
}

/** The characters of a text as people count them, more or less: an emoji outside the BMP is one, not two. */
export function codePoints(text: string): string[] {
  return Array.from(text);
}

function refuse(call: Call, value: Value, wanted: string): never {
  return fail(`${call.name}() needs ${wanted}, not ${kindOf(value)}`);
}
