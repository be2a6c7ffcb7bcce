import { type Json, canonicalJson } from '../json.ts';
import { add } from './arithmetic.ts';
import { type Call, type Implementation, cut, integerAt, listAt, textAt, valueAt } from './call.ts';
import { compare } from './compare.ts';
import { EVALUATION_CHARS_MAX, fail } from './meter.ts';
import { type Value, fromJson, isJsonList, isJsonObject, sizeOf } from './value.ts';

/** The functions that take or make lists. */
export const LIST_FUNCTIONS: Readonly<Record<string, Implementation>> = {
  sum: (call) => listAt(call, 0).reduce<Value>((total, item) => add(total, fromJson(item), call.meter), 0n),
  min: (call) => extreme(call, -1),
  max: (call) => extreme(call, 1),
  sort,
  distinct,
  flatten,
  slice: (call) => cut(listAt(call, 0), call),
  enumerate: (call) => listAt(call, 0).map((value, index) => ({ index, value })),
  range,
};

function extreme(call: Call, sign: 1 | -1): Value {
  const only = valueAt(call, 0);
  const values = call.values.length === 1 && isJsonList(only) ? only.map((item) => fromJson(item)) : call.values;
  call.meter.spend(values.length);
  const [first, ...others] = values;
  if (first === undefined) return fail(`${call.name}() of an empty list is nothing`);
  return others.reduce((best, value) => (compare(value, best, call.meter) * sign > 0 ? value : best), first);
}

function sort(call: Call): Value {
  const key = call.values.length > 1 ? textAt(call, 1) : undefined;
  const items = listAt(call, 0).map((item) => ({ item, by: fromJson(key === undefined ? item : field(item, key)) }));
  const sorted = items.toSorted((a, b) => {
    call.meter.spend(1);
    return compare(a.by, b.by, call.meter);
  });
  return sorted.map(({ item }) => item);
}

function field(item: Json, key: string): Json {
  if (!isJsonObject(item) || !Object.hasOwn(item, key)) return fail(`sort() finds no field "${key}" in an item`);
  return item[key] as Json;
}

function distinct(call: Call): Value {
  const seen = new Set<string>();
  return listAt(call, 0).filter((item) => {
    call.meter.build(sizeOf(item, EVALUATION_CHARS_MAX + 1));
    const text = canonicalJson(item);
    return !seen.has(text) && seen.add(text);
  });
}

function flatten(call: Call): Value {
  const items = listAt(call, 0);
  call.meter.spend(items.reduce<number>((length, item) => length + (isJsonList(item) ? item.length : 0), 0));
  return items.flatMap((item) => (isJsonList(item) ? item : [item]));
}

function range(call: Call): Value {
  const [start, end] = call.values.length > 1 ? [integerAt(call, 0), integerAt(call, 1)] : [0, integerAt(call, 0)];
  const length = Math.max(0, end - start);
  call.meter.spend(length);
  return Array.from({ length }, (_, index) => start + index);
}
