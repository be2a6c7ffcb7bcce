import type { HostFunctions } from '../expression-host.ts';
import type { Json } from '../json.ts';
import { type Meter, fail } from './meter.ts';
import { Optional, type Value, isJsonList, kindOf, toJson } from './value.ts';

/** One call of a function: its arguments and what it may use. */
export interface Call {
  readonly name: string;
  readonly values: readonly Value[];
  readonly meter: Meter;
  readonly host: HostFunctions | undefined;
}

/** What a function of the closed list does. */
export type Implementation = (call: Call) => Value;

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

function refuse(call: Call, value: Value, wanted: string): never {
  return fail(`${call.name}() needs ${wanted}, not ${kindOf(value)}`);
}

/** The part of a list from the second to the third argument; positions beyond the end mean the end. */
export function cut<T>(items: readonly T[], call: Call): T[] {
  const end = call.values.length > 2 ? integerAt(call, 2) : items.length;
  const start = integerAt(call, 1);
  if (start < 0 || end < 0) return fail(`${call.name}() counts from 0, and a position is negative`);
  return items.slice(start, end);
}
