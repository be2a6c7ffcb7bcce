import { type Meter, fail } from './meter.ts';
import { Duration, Timestamp, type Value, isJsonList, kindOf } from './value.ts';

/** Whole numbers stay whole; as soon as one operand is a double, the result is one. */
interface Arithmetic {
  readonly symbol: string;
  readonly ints: (left: bigint, right: bigint) => bigint;
  readonly doubles: (left: number, right: number) => number;
}

const ADD: Arithmetic = { symbol: '+', ints: (a, b) => a + b, doubles: (a, b) => a + b };
const SUBTRACT: Arithmetic = { symbol: '-', ints: (a, b) => a - b, doubles: (a, b) => a - b };
const MULTIPLY: Arithmetic = { symbol: '*', ints: (a, b) => a * b, doubles: (a, b) => a * b };
const DIVIDE: Arithmetic = { symbol: '/', ints: (a, b) => a / b, doubles: (a, b) => a / b };
const REMAINDER: Arithmetic = { symbol: '%', ints: (a, b) => a % b, doubles: (a, b) => a % b };

/** Adds numbers and times, joins texts, and joins lists. */
export function add(left: Value, right: Value, meter: Meter): Value {
  if (typeof left === 'string' && typeof right === 'string') {
    meter.build(left.length + right.length);
    return left + right;
  }
  if (isJsonList(left) && isJsonList(right)) {
    meter.spend(left.length + right.length);
    return [...left, ...right];
  }
  if (right instanceof Duration && left instanceof Duration) return new Duration(left.ms + right.ms);
  if (right instanceof Duration && left instanceof Timestamp) return moment(left.ms + right.ms);
  if (right instanceof Timestamp && left instanceof Duration) return moment(left.ms + right.ms);
  return calculate(ADD, left, right);
}

export function subtract(left: Value, right: Value): Value {
  if (right instanceof Timestamp && left instanceof Timestamp) return new Duration(left.ms - right.ms);
  if (right instanceof Duration && left instanceof Duration) return new Duration(left.ms - right.ms);
  if (right instanceof Duration && left instanceof Timestamp) return moment(left.ms - right.ms);
  return calculate(SUBTRACT, left, right);
}

export function multiply(left: Value, right: Value): Value {
  return calculate(MULTIPLY, left, right);
}

export function divide(left: Value, right: Value): Value {
  return calculate(DIVIDE, left, notZero(right));
}

export function remainder(left: Value, right: Value): Value {
  return calculate(REMAINDER, left, notZero(right));
}

export function negate(value: Value): Value {
  if (typeof value !== 'bigint' && typeof value !== 'number') return fail(`${kindOf(value)} cannot be negated`);
  return -value;
}

function notZero(value: Value): Value {
  return value === 0n || value === 0 ? fail('it divides by zero') : value;
}

function calculate({ symbol, ints, doubles }: Arithmetic, left: Value, right: Value): Value {
  if (typeof left === 'bigint' && typeof right === 'bigint') return exact(ints(left, right));
  if (!isNumber(left) || !isNumber(right)) {
    return fail(`"${symbol}" does not work on ${kindOf(left)} and ${kindOf(right)}`);
  }
  return finite(doubles(Number(left), Number(right)));
}

function isNumber(value: Value): value is bigint | number {
  return typeof value === 'bigint' || typeof value === 'number';
}

/** The timestamp at so many milliseconds since 1970, in the years that ISO 8601 writes with four digits. */
export function moment(ms: number): Timestamp {
  return ms >= YEAR_1_MS && ms < YEAR_10000_MS ? new Timestamp(ms) : fail('a timestamp is outside the years 1 to 9999');
}

const YEAR_1_MS = -62_135_596_800_000;
const YEAR_10000_MS = 253_402_300_800_000;

/** JSON keeps whole numbers exactly up to here; beyond, a result would silently be another number. */
export function exact(int: bigint): bigint {
  return Number.isSafeInteger(Number(int)) ? int : fail('a whole number is beyond ±9007199254740991');
}

/** JSON has no infinity and no NaN. */
export function finite(double: number): number {
  return Number.isFinite(double) ? double : fail('a number is beyond what JSON can hold');
}
