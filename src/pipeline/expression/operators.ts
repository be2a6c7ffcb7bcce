import type { Json } from '../json.ts';
import type { Code } from '../plan.ts';
import { ACCESS } from './access.ts';
import { add, divide, multiply, negate, remainder, subtract } from './arithmetic.ts';
import { compare, isEqual } from './compare.ts';
import { type Frame, type Operator, valueOf } from './frame.ts';
import { callFunction } from './functions.ts';
import { LOGIC } from './logic.ts';
import { type Meter, fail } from './meter.ts';
import { type Value, fromJson, isJsonList, isJsonObject, kindOf, toJson } from './value.ts';

/** Everything that compiled code may say, by the first item of its lists. */
export const OPERATORS: ReadonlyMap<Code | undefined, Operator> = new Map<Code | undefined, Operator>([
  ...Object.entries(ACCESS),
  ...Object.entries(LOGIC),
  ['list', (code, frame) => code.slice(1).map((_, index) => toJson(valueOf(code, index + 1, frame)))],
  ['record', record],
  ['call', call],
  ['negate', (code, frame) => negate(valueOf(code, 1, frame))],
  ['==', binary(isEqual)],
  ['!=', binary((left, right, meter) => !isEqual(left, right, meter))],
  ['<', binary((left, right, meter) => compare(left, right, meter) < 0)],
  ['<=', binary((left, right, meter) => compare(left, right, meter) <= 0)],
  ['>', binary((left, right, meter) => compare(left, right, meter) > 0)],
  ['>=', binary((left, right, meter) => compare(left, right, meter) >= 0)],
  ['+', binary(add)],
  ['-', binary(subtract)],
  ['*', binary(multiply)],
  ['/', binary(divide)],
  ['%', binary(remainder)],
  ['in', binary(isIn)],
]);

function binary(operate: (left: Value, right: Value, meter: Meter) => Value): Operator {
  return (code, frame) => operate(valueOf(code, 1, frame), valueOf(code, 2, frame), frame.meter);
}

/** `[record, key, value, key, value, …]`. */
function record(code: readonly Code[], frame: Frame): Value {
  const fields = new Map<string, Json>();
  for (let index = 1; index < code.length; index += 2) {
    const key = valueOf(code, index, frame);
    if (typeof key !== 'string') return fail(`the keys of a map must be text, and one is ${kindOf(key)}`);
    if (fields.has(key)) return fail('a key of a map is there twice');
    fields.set(key, toJson(valueOf(code, index + 1, frame)));
  }
  // Defines fields and never assigns them: `__proto__` is a key like any other.
  return Object.fromEntries(fields);
}

/** `[call, name, argument, …]`. */
function call(code: readonly Code[], frame: Frame): Value {
  const values = code.slice(2).map((_, index) => valueOf(code, index + 2, frame));
  return callFunction({ name: String(code[1]), values, meter: frame.meter, host: frame.host });
}

function isIn(value: Value, container: Value, meter: Meter): boolean {
  if (isJsonList(container)) return container.some((item) => isEqual(value, fromJson(item), meter));
  if (isJsonObject(container)) return typeof value === 'string' && Object.hasOwn(container, value);
  return fail(`"in" looks into a list or a map, and this is ${kindOf(container)}`);
}
