import { setImmediate as giveWay } from 'node:timers/promises';
import { RE2JS } from 're2js';
import { z } from 'zod';
import { defineCheck } from './check.ts';
import { linesOf, shownPlaces } from './texts-of.ts';

/**
 * Looks for what can be told from other text by a rule or a check sum: e-mail addresses, telephone numbers with the code
 * of their country, numbers of payment cards, IBANs. Names, addresses of houses and dates of birth need a reader; an IP
 * address looks like a version and mostly belongs to a machine; a telephone number without a country is any number.
 */
export const noPii = defineCheck({
  name: 'no_pii',
  description:
    'Holds when no text has an e-mail address, a payment card, an IBAN, or a telephone number with "+" and its country.',
  options: z.literal(true, 'true is allowed'),
  readsOutput: false,
  example: true,
  async run(subject, _, { signal }) {
    const found = await findPersonalData(linesOf(subject, 'personal data'), signal);
    if (found.length === 0) return { passed: true, score: 1, reason: 'No personal data was found' };
    return { passed: false, score: 0, reason: `The text holds personal data: ${shownPlaces(found)}` };
  },
});

/** What is found, kind by kind, each kind once for a line. */
async function findPersonalData(text: string, signal: AbortSignal): Promise<readonly string[]> {
  const found = new Set<string>();
  let tried = 0;
  for (const kind of await loadKinds()) {
    for (const { candidate, line } of candidatesOf(kind, text)) {
      if (kind.isOne(candidate)) found.add(`${kind.name} in line ${line}`);
      tried += 1;
      // Other calls of the worker go on meanwhile, and a cancelled one ends.
      if (tried % BATCH_CANDIDATES === 0) await giveWay(undefined, { signal });
    }
    await giveWay(undefined, { signal });
  }
  return [...found];
}

const BATCH_CANDIDATES = 50;

interface Kind {
  readonly name: string;
  /** Found in linear time, and never over more than a line. */
  readonly pattern: string;
  readonly candidatesIn: (match: string) => Iterable<string>;
  readonly isOne: (candidate: string) => boolean;
}

function* candidatesOf({ pattern, candidatesIn }: Kind, text: string): Generator<{ candidate: string; line: number }> {
  let line = 1;
  let end = 0;
  for (const { 0: match, index } of RE2JS.compile(pattern).matchAll(text) as Iterable<RegExpExecArray>) {
    line += text.slice(end, index).split('\n').length - 1;
    end = index;
    for (const candidate of candidatesIn(match)) yield { candidate, line };
  }
}

async function loadKinds(): Promise<readonly Kind[]> {
  // The rules of every country take a tenth of a second, which only those spend who look for personal data.
  const [{ default: validator }, { findPhoneNumbersInText }] = await Promise.all([
    import('validator'),
    import('libphonenumber-js/max'),
  ]);
  return [
    {
      name: 'e-mail address',
      pattern: String.raw`[^\s@<>()\[\]",;:\\]{1,64}@(?:[\pL\pN-]{1,63}\.){1,8}(?:xn--[a-z0-9-]{2,59}|\pL{2,63})\b`,
      candidatesIn: asItIs,
      isOne: (candidate) => !candidate.startsWith('git@') && validator.isEmail(candidate, { host_blacklist: NO_HOSTS }),
    },
    {
      name: 'telephone number',
      pattern: String.raw`\+[ (]?\d[^+\n]{5,60}`,
      candidatesIn: asItIs,
      isOne: (candidate) => findPhoneNumbersInText(candidate).some(({ startsAt }) => startsAt === 0),
    },
    {
      name: 'payment card number',
      pattern: String.raw`[\pL_.]?\d+(?:${SPACE}\d+)*[\pL_]?`,
      candidatesIn: neighbours,
      isOne: (candidate) => groupings(candidate, CARD).some((each) => validator.isCreditCard(each)),
    },
    {
      name: 'IBAN',
      pattern: String.raw`(?i)\b[A-Z]{2}\d{2}[A-Z\d]*(?:${SPACE}[A-Z\d]+)*`,
      candidatesIn: neighbours,
      isOne: (candidate) => groupings(candidate, IBAN).some((each) => validator.isIBAN(each)),
    },
  ];
}

/** What stands after "@" in the name of a picture, `logo@2x.png`, or in a version, `left-pad@1.3.0-rc.next`. */
const NO_HOSTS = [/^\dx\./, /^\d+\.\d/];

const SPACE = String.raw`[ \x{a0}\x{202f}-]`;
const SPACES = /[ \u{a0}\u{202f}-]/u;
const GROUPS_MAX = 9;

/** In one piece or as it is embossed, so that a table of small numbers is none. */
const CARD = /^(?:\d{14,19}|\d{4} \d{4} \d{4} \d{4}(?: \d{3})?|\d{4} \d{6} \d{4,5})$/;
const IBAN = /^[A-Z]{2}\d{2}(?:[A-Z\d]{11,30}|(?: [A-Z\d]{4}){2,7}(?: [A-Z\d]{1,3})?)$/i;

const asItIs = (match: string): readonly string[] => [match];

/** From each group of a match on, as many as there may be in one number: other words and numbers may stand around. */
function* neighbours(match: string): Generator<string> {
  const groups = match.split(SPACES);
  for (let from = 0; from < groups.length; from += 1) yield groups.slice(from, from + GROUPS_MAX).join(' ');
}

/** What a candidate begins with and has a shape, closed up. */
function groupings(candidate: string, shape: RegExp): readonly string[] {
  const groups = candidate.split(' ');
  const starts = groups.map((_, at) => groups.slice(0, at + 1).join(' '));
  return starts.filter((each) => shape.test(each)).map((each) => each.replaceAll(' ', ''));
}
