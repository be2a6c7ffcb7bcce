import type { Json, JsonObject } from '../../src/pipeline/json.ts';

/** Takes secrets out of what a call gives back. */
export interface Scrubber {
  /** Keys too: a server may echo a secret anywhere. */
  value(value: Json): Json;
  /** Finds beginnings of a secret as well, since sentences quote things and cut them. */
  sentence(text: string): string;
}

/** What stands where a secret stood. */
const MASK = '[secret]';

/** Finds the given secrets as they are, and in base64, URL-encoded and JSON-escaped form. */
export function createScrubber(secrets: Iterable<string>): Scrubber {
  // The longest first, so that a form that contains another one is replaced whole.
  const forms = [...new Set([...secrets].flatMap(formsOf))].toSorted((one, other) => other.length - one.length);
  const text = (from: string): string => forms.reduce((left, form) => left.replaceAll(form, MASK), from);
  const value = (from: Json): Json => {
    if (typeof from === 'string') return text(from);
    if (from === null || typeof from !== 'object') return from;
    if (Array.isArray(from)) return from.map((item: Json) => value(item));
    return Object.fromEntries(Object.entries(from as JsonObject).map(([key, item]) => [text(key), value(item)]));
  };
  // Whole ones first: a beginning that two forms share would leave the rest of one behind.
  return { value, sentence: (from) => forms.reduce(withoutBeginnings, text(from)) };
}

function withoutBeginnings(text: string, form: string): string {
  // Less gives little away, and is found in innocent text.
  const start = form.slice(0, Math.max(4, Math.min(8, form.length / 2)));
  const kept: string[] = [];
  let from = 0;
  for (let at = text.indexOf(start); at !== -1; at = text.indexOf(start, from)) {
    kept.push(text.slice(from, at));
    from = at + sharedLength(text.slice(at), form);
  }
  return [...kept, text.slice(from)].join(MASK);
}

function sharedLength(text: string, form: string): number {
  let length = 0;
  while (length < form.length && text[length] === form[length]) length += 1;
  return length;
}

function formsOf(secret: string): string[] {
  if (secret === '') return [];
  const url = encodeURIComponent(secret.toWellFormed());
  const lowerUrl = url.replaceAll(/%../g, (code) => code.toLowerCase());
  const escaped = escape(secret);
  // Twice, when JSON is quoted in a sentence.
  return [secret, url, lowerUrl, url.replaceAll('%20', '+'), escaped, escape(escaped), ...base64Forms(secret)];
}

function escape(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** Shorter pieces of base64 would be found in innocent text. */
const BASE64_CHARACTERS_MIN = 8;

/**
 * Base64 packs three bytes into four characters, so inside a longer text (`user:secret`) a secret looks different by
 * where it begins. Of each of the three, those characters are looked for that hang on nothing but the secret.
 */
function base64Forms(secret: string): string[] {
  const pieces = [0, 1, 2].map((offset) => {
    const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)]);
    return bytes.toString('base64').slice(Math.ceil((offset * 4) / 3), Math.floor((bytes.length * 4) / 3));
  });
  return [Buffer.from(secret).toString('base64'), ...pieces]
    .filter((piece) => piece.length >= BASE64_CHARACTERS_MIN)
    .flatMap((piece) => [piece, piece.replaceAll('+', '-').replaceAll('/', '_')]);
}
