import { type Call, textAt, valueAt } from './expression-call.ts';
import { type Value, fail, toJson } from './expression-value.ts';

const ISO = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:?\d\d)?)?$/i;
const OFFSET = /^([+-])(\d\d):?(\d\d)$/;
const MINUTE_MS = 60_000;
const YEAR_10000_MS = 253_402_300_800_000;

const MONTHS = 'January February March April May June July August September October November December'.split(' ');
const DAYS = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');

/** The parts of a pattern; longer ones first, so that `MMMM` is not read as `MM` twice. Text in brackets stays as it is. */
const PART = /\[([^\]]*)\]|YYYY|MMMM|MMM|MM|DD|dddd|ddd|HH|mm|ss|SSS|Z/g;

/**
 * `format_date(date, pattern, [offset])`: a date (ISO 8601 text, or milliseconds since 1970) in a pattern, in UTC unless
 * an offset such as "+02:00" is given. Names are English: a run must read the same on every worker.
 */
export function formatDate(call: Call): Value {
  const offset = call.values.length > 2 ? textAt(call, 2) : 'Z';
  const minutes =
    offsetMinutes(offset) ?? fail(`format_date() needs an offset such as "+02:00", not "${offset.slice(0, 20)}"`);
  const at = new Date(instantMs(valueAt(call, 0)) + minutes * MINUTE_MS);
  const parts = partsOf(at, minutes);
  const text = textAt(call, 1).replace(PART, (part, literal?: string) => literal ?? parts[part] ?? part);
  call.meter.build(text.length);
  return text;
}

function instantMs(value: Value): number {
  const date = toJson(value);
  const time = typeof date === 'string' ? parsed(date) : date;
  if (typeof time !== 'number' || Number.isNaN(time)) {
    return fail('format_date() needs a date such as "2026-01-31T08:00:00Z", or milliseconds since 1970');
  }
  return time >= 0 && time < YEAR_10000_MS ? time : fail('format_date() knows the years 1970 to 9999');
}

/** Without `Date.parse`: that one reads a date without a zone in the zone of the machine. */
function parsed(text: string): number {
  const found = ISO.exec(text);
  if (found === null) return Number.NaN;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = found
    .slice(1, 7)
    .map((part: string | undefined) => Number(part ?? 0));
  const ms = Number(`0.${found[7] ?? 0}`) * 1000;
  const time = Date.UTC(year, month - 1, day, hour, minute, second, Math.trunc(ms));
  const isReal = new Date(time).getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
  const minutes = offsetMinutes(found[8] ?? 'Z');
  return isReal && minutes !== undefined ? time - minutes * MINUTE_MS : Number.NaN;
}

function offsetMinutes(offset: string): number | undefined {
  if (offset === 'Z' || offset === 'z') return 0;
  const found = OFFSET.exec(offset);
  if (found === null || Number(found[2]) > 14 || Number(found[3]) > 59) return undefined;
  const minutes = Number(found[2]) * 60 + Number(found[3]);
  return found[1] === '-' ? -minutes : minutes;
}

function partsOf(at: Date, offset: number): Readonly<Record<string, string>> {
  const month = MONTHS[at.getUTCMonth()] as string;
  const day = DAYS[at.getUTCDay()] as string;
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
    Z:
      offset === 0
        ? 'Z'
        : `${offset < 0 ? '-' : '+'}${padded(Math.abs(offset) / 60, 2)}:${padded(Math.abs(offset) % 60, 2)}`,
  };
}

function padded(number: number, digits: number): string {
  return String(Math.trunc(number)).padStart(digits, '0');
}
