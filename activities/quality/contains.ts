import { z } from 'zod';
import { quote } from '../quote.ts';
import { defineCheck } from './check.ts';
import { subjectText } from './subject-text.ts';

const Wanted = z.string().min(1);
const WantedList = z.array(Wanted).min(1);
const IgnoreCase = z.boolean().default(false);

const Pass = z.number().min(0).max(1).default(1).describe('The share of the texts that is enough');

const Options = z.union(
  [
    Wanted,
    z.strictObject({ all: WantedList, ignore_case: IgnoreCase, pass: Pass }),
    z.strictObject({ any: WantedList, ignore_case: IgnoreCase }),
  ],
  'a text, { all: [texts] } or { any: [texts] } is allowed, the last two also with ignore_case, all also with pass',
);

export const contains = defineCheck({
  name: 'contains',
  description: 'Holds when the text contains a text, or all or any of several.',
  options: Options,
  readsOutput: false,
  example: { all: ['refund', 'order number'], ignore_case: true },
  run(subject, options) {
    const { wanted, needed, pass, fold } = plainOptions(options);
    const text = subjectText(subject);
    const folded = fold(text);
    const found = wanted.filter((each) => folded.includes(fold(each)));
    if (found.length >= needed) return { passed: true, score: 1, reason: `The text contains ${listed(found)}` };
    const missing = wanted.filter((each) => !found.includes(each));
    const score = found.length / needed;
    const reason = `The text does not contain ${listed(missing)}`;
    if (score >= pass) return { passed: true, score, reason: `${reason}; a share of ${pass} is enough` };
    return { passed: false, score, reason: `${reason}; it is ${quote(text)}` };
  },
});

interface PlainOptions {
  readonly wanted: readonly string[];
  /** How many of them the text must contain. */
  readonly needed: number;
  /** The share of these that is enough. */
  readonly pass: number;
  readonly fold: (text: string) => string;
}

function plainOptions(options: z.infer<typeof Options>): PlainOptions {
  if (typeof options === 'string') return { wanted: [options], needed: 1, pass: 1, fold: asItIs };
  const fold = options.ignore_case ? inLowerCase : asItIs;
  return 'all' in options
    ? { wanted: options.all, needed: options.all.length, pass: options.pass, fold }
    : { wanted: options.any, needed: 1, pass: 1, fold };
}

const asItIs = (text: string): string => text;
const inLowerCase = (text: string): string => text.toLowerCase();

const SHOWN_MAX = 5;

function listed(texts: readonly string[]): string {
  const shown = texts.slice(0, SHOWN_MAX).map((text) => quote(text, 80));
  const more = texts.length - shown.length;
  return [...shown, ...(more > 0 ? [`${more} more`] : [])].join(', ');
}
