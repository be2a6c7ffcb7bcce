import type { Json, JsonObject } from '../json.ts';
import { type Meter, fail } from './meter.ts';
import { Duration, Timestamp, type Value, isJsonList, kindOf, refuseDepth, toJson } from './value.ts';

/** Deep equality; numbers are equal when they are the same number, whatever their type. */
export function isEqual(left: Value, right: Value, meter: Meter): boolean {
  if (left instanceof Timestamp || left instanceof Duration) {
    return right instanceof left.constructor && (right as Timestamp).ms === left.ms;
  }
  return isEqualJson(toJson(left), toJson(right), { meter, depth: 0 });
}

function isEqualJson(left: Json, right: Json, at: { meter: Meter; depth: number }): boolean {
  at.meter.spend(1);
  if (left === null || right === null || typeof left !== 'object' || typeof right !== 'object') {
    if (typeof left === 'string' && typeof right === 'string' && left.length === right.length) at.meter.read(left);
    return left === right;
  }
  refuseDepth(at.depth);
  if (isJsonList(left) !== isJsonList(right)) return false;
  const keys = Object.keys(left);
  at.meter.spend(keys.length);
  if (keys.length !== Object.keys(right).length) return false;
  const below = { meter: at.meter, depth: at.depth + 1 };
  return keys.every(
    (key) =>
      Object.hasOwn(right, key) &&
      isEqualJson((left as JsonObject)[key] as Json, (right as JsonObject)[key] as Json, below),
  );
}

/** Negative, zero or positive, as for sorting. What has an order: two numbers, texts, booleans, timestamps or durations. */
export function compare(left: Value, right: Value, meter: Meter): number {
  const [first, second] = [rankOf(left), rankOf(right)];
  if (first === undefined || second === undefined || kindOf(left) !== kindOf(right)) {
    return fail(`${kindOf(left)} and ${kindOf(right)} have no order`);
  }
  if (typeof first === 'string') meter.read(first);
  if (first === second) return 0;
  return first < second ? -1 : 1;
}

function rankOf(value: Value): number | string | undefined {
  if (value instanceof Timestamp || value instanceof Duration) return value.ms;
  if (typeof value === 'string') return value;
  return typeof value === 'object' ? undefined : Number(value);
}
