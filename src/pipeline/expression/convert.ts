import { exact, finite } from './arithmetic.ts';
import { type Call, type Implementation, integerAt, listAt, numberAt, optionalAt, textAt, valueAt } from './call.ts';
import { fail } from './meter.ts';
import { charactersOf } from './text.ts';
import {
  Duration,
  Optional,
  Timestamp,
  type Value,
  isJsonList,
  isJsonObject,
  keysOf,
  kindOf,
  toText,
} from './value.ts';

/** The functions that turn a value into one of another type, or tell about it. */
export const CONVERSIONS: Readonly<Record<string, Implementation>> = {
  size,
  string: (call) => toText(valueAt(call, 0), call.meter),
  int: toInt,
  double: toDouble,
  bool: toBool,
  dyn: (call) => valueAt(call, 0),
  type: (call) => typeName(valueAt(call, 0)),
  round,
  'optional.of': (call) => new Optional(valueAt(call, 0)),
  'optional.none': () => new Optional(undefined),
  hasValue: (call) => optionalAt(call, 0).value !== undefined,
  value: (call) => optionalAt(call, 0).value ?? fail('the optional value is not there'),
};

function size(call: Call): Value {
  const value = valueAt(call, 0);
  if (isJsonObject(value)) return BigInt(keysOf(value, call.meter).length);
  return BigInt(isJsonList(value) ? listAt(call, 0).length : charactersOf(textAt(call, 0)).length);
}

function typeName(value: Value): string {
  if (value === null) return 'null_type';
  if (isJsonList(value)) return 'list';
  if (value instanceof Optional) return 'optional_type';
  if (value instanceof Timestamp) return 'timestamp';
  if (value instanceof Duration) return 'duration';
  const names: Readonly<Record<string, string>> = { bigint: 'int', number: 'double', boolean: 'bool', object: 'map' };
  return names[typeof value] ?? 'string';
}

function toInt(call: Call): Value {
  const value = valueAt(call, 0);
  if (value instanceof Timestamp) return BigInt(Math.floor(value.ms / 1000));
  const number = typeof value === 'string' && /^[+-]?\d{1,20}$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number' && typeof number !== 'bigint') {
    return fail(
      `int() needs a number or the text of a whole number, not ${typeof value === 'string' ? 'other text' : kindOf(value)}`,
    );
  }
  const whole = Math.trunc(Number(number));
  return Number.isSafeInteger(whole) ? BigInt(whole) : fail('int() gives whole numbers up to ±9007199254740991');
}

function toDouble(call: Call): Value {
  const value = valueAt(call, 0);
  if (typeof value === 'bigint' || typeof value === 'number') return Number(value);
  const isNumber =
    typeof value === 'string' && /^[+-]?(\d{1,400}\.?\d{0,400}|\.\d{1,400})(e[+-]?\d{1,4})?$/i.test(value);
  if (isNumber) return finite(Number(value));
  return fail(
    `double() needs a number or the text of one, not ${typeof value === 'string' ? 'other text' : kindOf(value)}`,
  );
}

const TRUE = ['1', 't', 'true', 'TRUE', 'True'];
const FALSE = ['0', 'f', 'false', 'FALSE', 'False'];

function toBool(call: Call): Value {
  const value = valueAt(call, 0);
  if (typeof value === 'boolean') return value;
  if (TRUE.some((text) => text === value)) return true;
  return FALSE.some((text) => text === value)
    ? false
    : fail('bool() needs true or false, or the text "true" or "false"');
}

/** Halves go away from zero. */
function round(call: Call): Value {
  const number = numberAt(call, 0);
  if (call.values.length === 1) return exact(BigInt(Math.sign(number) * Math.round(Math.abs(number))));
  const digits = integerAt(call, 1);
  if (digits < 0 || digits > 15) return fail('round() keeps 0 to 15 digits');
  // Through the decimal text, for 1.005 * 100 is 100.49999999999999.
  const [mantissa, exponent = '0'] = String(Math.abs(number)).split('e');
  const shifted = Math.round(Number(`${mantissa}e${Number(exponent) + digits}`));
  return Number.isSafeInteger(shifted) ? Math.sign(number) * Number(`${shifted}e-${digits}`) : number;
}
