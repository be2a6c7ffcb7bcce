import { moment } from './arithmetic.ts';
import { type Call, type Implementation, integerAt, textAt, valueAt } from './call.ts';
import { fail } from './meter.ts';
import { Duration, Timestamp, type Value, kindOf } from './value.ts';

const ISO = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:?\d\d)?)?$/i;
const OFFSET = /^([+-])(\d\d):?(\d\d)$/;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const UNITS_MS: Readonly<Record<string, number>> = {
  d: DAY_MS,
  h: 3_600_000,
  m: MINUTE_MS,
  s: 1000,
  ms: 1,
  us: 0.001,
  ns: 0.000_001,
};

/** The parts of a timestamp as CEL names and counts them: months, days of the month and of the year from 0. */
const PARTS: Readonly<Record<string, (at: Date) => number>> = {
  getFullYear: (at) => at.getUTCFullYear(),
  getMonth: (at) => at.getUTCMonth(),
  getDate: (at) => at.getUTCDate(),
  getDayOfMonth: (at) => at.getUTCDate() - 1,
  getDayOfWeek: (at) => at.getUTCDay(),
  getDayOfYear: (at) => Math.floor((at.getTime() - Date.UTC(at.getUTCFullYear(), 0, 1)) / DAY_MS),
  getHours: (at) => at.getUTCHours(),
  getMinutes: (at) => at.getUTCMinutes(),
  getSeconds: (at) => at.getUTCSeconds(),
  getMilliseconds: (at) => at.getUTCMilliseconds(),
};

const WHOLE_MS: Readonly<Record<string, number>> = {
  getHours: 3_600_000,
  getMinutes: MINUTE_MS,
  getSeconds: 1000,
  getMilliseconds: 1,
};

/** The functions that take or make times. */
export const TIME_FUNCTIONS: Readonly<Record<string, Implementation>> = {
  timestamp,
  duration,
  ...Object.fromEntries(Object.entries(PARTS).map(([name, part]) => [name, (call: Call) => timePart(call, part)])),
  format_date: formatDate,
};

/** `timestamp(text)` of a date in ISO 8601, `timestamp(seconds)` since 1970. */
function timestamp(call: Call): Value {
  const value = valueAt(call, 0);
  if (typeof value === 'bigint' || typeof value === 'number') return moment(integerAt(call, 0) * 1000);
  return timestampAt(call, 0);
}

/** `duration("1h30m")`. */
function duration(call: Call): Value {
  const value = valueAt(call, 0);
  if (value instanceof Duration) return value;
  const text = textAt(call, 0);
  const [, sign, parts = ''] = /^([+-]?)((?:\d{1,12}(?:\.\d{1,9})?(?:ms|us|ns|[dhms]))+)$/.exec(text) ?? [];
  if (parts === '') return fail('duration() needs text such as "1h30m", "45s" or "250ms"');
  const ms = [...parts.matchAll(/([\d.]+)([a-z]+)/g)].reduce(
    (total, [, number, unit]) => total + Number(number) * (UNITS_MS[unit as string] as number),
    0,
  );
  return new Duration(sign === '-' ? -ms : ms);
}

/** `getHours(time)` and the like: a part of a timestamp, or all of a duration in that unit. */
function timePart(call: Call, part: (at: Date) => number): Value {
  const value = valueAt(call, 0);
  const unit = WHOLE_MS[call.name];
  if (value instanceof Duration && unit !== undefined) return BigInt(Math.trunc(value.ms / unit));
  return BigInt(part(new Date(timestampAt(call, 0).ms + offsetAt(call, 1) * MINUTE_MS)));
}

/** What a pattern may hold; longer parts first, so that `MMMM` is not `MM` twice. Text in brackets stays as it is. */
const PATTERN_PART = /\[([^\]]*)\]|YYYY|MMMM|MMM|MM|DD|dddd|ddd|HH|mm|ss|SSS|Z/g;

/** `format_date(date, pattern, [offset])`. Names are English: a run must read the same on every worker. */
function formatDate(call: Call): Value {
  const offset = offsetAt(call, 2);
  const parts = patternParts(new Date(timestampAt(call, 0).ms + offset * MINUTE_MS), offset);
  const text = textAt(call, 1).replace(PATTERN_PART, (part, literal?: string) => literal ?? (parts[part] as string));
  call.meter.build(text.length);
  return text;
}

function timestampAt(call: Call, index: number): Timestamp {
  const value = valueAt(call, index);
  if (value instanceof Timestamp) return value;
  if (typeof value !== 'string')
    return fail(`${call.name}() needs a timestamp or the text of one, not ${kindOf(value)}`);
  const ms = parsedMs(value) ?? fail(`${call.name}() needs a date such as "2026-01-31T08:00:00Z"`);
  return moment(ms);
}

/** Without `Date.parse`, which reads a date without a zone in the zone of the machine. */
function parsedMs(text: string): number | undefined {
  const found = ISO.exec(text);
  if (found === null) return undefined;
  const numbers = found.slice(1, 7).map((part: string | undefined) => Number(part ?? 0));
  const [year, month, day, hour, minute, second] = numbers as [number, number, number, number, number, number];
  const at = new Date(Date.UTC(year, month - 1, day, hour, minute, second, Number(`0.${found[7] ?? 0}`) * 1000));
  // `Date.UTC` takes years before 100 for the twentieth century's, and carries the 31st of February over into March.
  at.setUTCFullYear(year, month - 1, day);
  const isReal = at.getUTCMonth() === month - 1 && hour < 24 && minute < 60 && second < 60;
  const offset = offsetMinutes(found[8] ?? 'Z');
  return isReal && offset !== undefined ? at.getTime() - offset * MINUTE_MS : undefined;
}

function offsetAt(call: Call, index: number): number {
  if (call.values.length <= index) return 0;
  const text = textAt(call, index);
  return (
    offsetMinutes(text) ?? fail(`${call.name}() needs an offset from UTC such as "+02:00", not "${text.slice(0, 40)}"`)
  );
}

function offsetMinutes(offset: string): number | undefined {
  if (offset === 'Z' || offset === 'z' || offset === 'UTC') return 0;
  const found = OFFSET.exec(offset);
  if (found === null || Number(found[2]) > 14 || Number(found[3]) > 59) return undefined;
  const minutes = Number(found[2]) * 60 + Number(found[3]);
  return found[1] === '-' ? -minutes : minutes;
}

const MONTHS = 'January February March April May June July August September October November December'.split(' ');
const DAYS = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');

function patternParts(at: Date, offset: number): Readonly<Record<string, string>> {
  const month = String(MONTHS[at.getUTCMonth()]);
  const day = String(DAYS[at.getUTCDay()]);
  const offsetText = `${offset < 0 ? '-' : '+'}${padded(Math.abs(offset) / 60, 2)}:${padded(Math.abs(offset) % 60, 2)}`;
  return {
    YYYY: padded(at.getUTCFullYear(), 4),
    MMMM: month,
    MMM: month.slice(0, 3),
    MM: padded(at.getUTCMonth() + 1, 2),
    DD: padded(at.getUTCDate(), 2),
    dddd: day,
    ddd: day.slice(0, 3),
    HH: padded(at.getUTCHours(), 2),
    mm: padded(at.getUTCMinutes(), 2),
    ss: padded(at.getUTCSeconds(), 2),
    SSS: padded(at.getUTCMilliseconds(), 3),
    Z: offset === 0 ? 'Z' : offsetText,
  };
}

function padded(number: number, digits: number): string {
  return String(Math.trunc(number)).padStart(digits, '0');
}
