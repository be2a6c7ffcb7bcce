import { similarNames } from './suggestion.ts';

/** One of the five fields of a cron expression. */
interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** Names that stand for numbers, the first for `min`. Their beginnings do as well, from `letters` letters on. */
  readonly names?: { readonly words: readonly string[]; readonly letters: number };
}

const MONTHS = [
  ['january', 31],
  ['february', 29],
  ['march', 31],
  ['april', 30],
  ['may', 31],
  ['june', 30],
  ['july', 31],
  ['august', 31],
  ['september', 30],
  ['october', 31],
  ['november', 30],
  ['december', 31],
] as const;
const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];

const FIELDS: readonly Field[] = [
  { name: 'minute', min: 0, max: 59 },
  { name: 'hour', min: 0, max: 23 },
  { name: 'day of the month', min: 1, max: 31 },
  { name: 'month', min: 1, max: 12, names: { words: MONTHS.map(([name]) => name), letters: 3 } },
  // 7 is Sunday, too.
  { name: 'day of the week', min: 0, max: 7, names: { words: WEEKDAYS, letters: 2 } },
];
/** Temporal keeps the text beside the times, and takes so many characters. */
const CRON_CHARS_MAX = 200;
const FIELDS_ALLOWED =
  'a text of five fields (minute, hour, day of the month, month, day of the week) such as "0 6 * * 1"';

/**
 * What is allowed in place of a cron expression, as a piece of a sentence; undefined when Temporal can run by it. The
 * grammar is that of Temporal, with five fields: `*`, `5`, `1-5`, `10/15`, lists of these with commas, names of months
 * and days. A time that never comes is refused, too.
 */
export function allowedCron(text: string): string | undefined {
  const parts = text.split(/\s+/u).filter(Boolean);
  if (parts.length !== FIELDS.length) return FIELDS_ALLOWED;
  if (text.length > CRON_CHARS_MAX) return `a text of at most ${CRON_CHARS_MAX} characters`;
  const fields = FIELDS.map((field, index) => valuesOf(field, parts[index] as string));
  const wrong = fields.find((values) => typeof values === 'string');
  if (wrong !== undefined) return wrong;
  const [, , days, months] = fields as number[][] as [number[], number[], number[], number[], number[]];
  return comes(days, months) ? undefined : `a day that one of its months has in place of "${parts[2]}"`;
}

/** Whether some month has one of the days: the 30th of February never comes. */
function comes(days: readonly number[], months: readonly number[]): boolean {
  const first = Math.min(...days);
  return MONTHS.some(([, length], index) => months.includes(index + 1) && first <= length);
}

/** Every value that a field names, or what is allowed in place of a wrong part. */
function valuesOf(field: Field, text: string): readonly number[] | string {
  const parts = text.split(',').map((part) => valuesOfPart(field, part));
  return parts.find((values) => typeof values === 'string') ?? (parts as (readonly number[])[]).flat();
}

/** `*`, `5`, `1-5`, each with or without a step; a single number with a step begins there and goes on to the end. */
const PART = /^(?:\*|(?<start>[^-/]+)(?:-(?<end>[^-/]+))?)(?<steps>\/(?<step>[^-/]+))?$/u;

function valuesOfPart(field: Field, text: string): readonly number[] | string {
  const { name, min, max } = field;
  const { start, end, steps, step = '1' } = PART.exec(text)?.groups ?? { start: '' };
  const from = start === undefined ? min : valueOf(field, start);
  const last = start === undefined || steps !== undefined ? max : from;
  const to = end === undefined ? last : valueOf(field, end);
  if (from === undefined || to === undefined)
    return `${name === 'hour' ? 'an' : 'a'} ${name} from ${min} to ${max} in place of "${text}"`;
  if (to < from) return `a range that goes up in place of "${text}"`;
  if (!/^0*[1-9]\d{0,3}$/u.test(step)) return `a step of at least 1 in place of "${text}"`;
  const count = Math.floor((to - from) / Number(step)) + 1;
  return Array.from({ length: count }, (_, index) => from + index * Number(step));
}

function valueOf({ min, max, names }: Field, text: string): number | undefined {
  const word = names?.words.findIndex((each) => text.length >= names.letters && each.startsWith(text.toLowerCase()));
  if (word !== undefined && word !== -1) return min + word;
  const value = /^\d{1,4}$/u.test(text) ? Number(text) : NaN;
  return value >= min && value <= max ? value : undefined;
}

const ZONE_ALLOWED = 'the name of a time zone such as "Europe/Berlin" or "UTC"';
/** How the names begin that are meant to be used; everything else is an old abbreviation. */
const AREAS =
  /^(?:(?:utc|gmt)$|(?:africa|america|antarctica|arctic|asia|atlantic|australia|brazil|canada|chile|etc|europe|indian|mexico|pacific|us)\/)/iu;
/** How names are spelled that stand for another one today: `America/Port-au-Prince`, `Australia/NSW`. */
const SPELLED = /^(?:UTC|GMT|[A-Z][A-Za-z]+\/(?:[A-Z]{3}|(?:[A-Z][a-z]*(?:[-_/][A-Za-z][a-z]*)*)))$/u;

/**
 * What is allowed in place of the name of a time zone, as a piece of a sentence; undefined when it is one of the IANA
 * time zone database. The server has its own copy, which knows upper and lower case apart.
 */
export function allowedTimezone(name: string): string | undefined {
  const known = zoneOf(name);
  if (known === name || (known !== undefined && SPELLED.test(name))) return undefined;
  const names = Intl.supportedValuesOf('timeZone');
  const [meant] = known === undefined ? similarNames(name, names) : [known];
  return meant === undefined ? ZONE_ALLOWED : `"${meant}"`;
}

/** What JavaScript calls a time zone; it knows abbreviations and offsets besides, which Temporal does not. */
function zoneOf(name: string): string | undefined {
  if (!AREAS.test(name)) return undefined;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    // It is no time zone: that is what is asked here.
    return undefined;
  }
}
