import { z } from 'zod';
import { PipelineError } from '../../src/errors.ts';
import type { Json } from '../../src/pipeline/json.ts';
import type { QuotedClaim } from '../../src/pipeline/result.ts';
import { AnyJson } from '../any-json.ts';
import { quote } from '../quote.ts';
import { defineCheck } from './check.ts';
import { findQuote, plainText } from './find-quote.ts';
import { subjectText } from './subject-text.ts';
import { textsOf } from './texts-of.ts';

/** The second half of `grounded_in`: a model has said what the output claims and what shows it; nothing is called here. */
export const groundedIn = defineCheck({
  name: 'grounded_in',
  description: 'Holds when the quotes for enough claims stand in the sources.',
  options: z.strictObject({
    sources: AnyJson,
    claims: z.array(z.strictObject({ claim: z.string(), quote: z.string() })).min(1),
    pass: z.number().min(0).max(1),
  }),
  readsOutput: false,
  example: { sources: ['It rains.'], claims: [{ claim: 'Rain', quote: 'It rains.' }], pass: 1 },
  async run(_, { sources, claims, pass }, { signal }) {
    const texts = sourceTexts(sources);
    const quotes: QuotedClaim[] = [];
    for (const { claim, quote: quoted } of claims) {
      signal.throwIfAborted();
      quotes.push({ claim, quote: quoted, source: findQuote(quoted, texts) });
    }
    const missing = quotes.filter(({ source }) => source === null);
    const score = Math.floor((1000 * (claims.length - missing.length)) / claims.length) / 1000;
    return { passed: score >= pass, score, reason: reasonOf(quotes, missing, pass), quotes: quotes.map(shown) };
  },
});

const BYTES_MAX = 8 * 1024 * 1024;

/** The sources as quotes are looked for in them: as the model has read them, and what is in them piece by piece. */
function sourceTexts(sources: Json): readonly string[] {
  const listed = Array.isArray(sources) ? (sources as readonly Json[]) : [sources];
  const texts = listed.map((source) =>
    typeof source === 'string' ? source : `${subjectText(source)}\n${textsOf(source).join('\n')}`,
  );
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (bytes <= BYTES_MAX) return texts.map(plainText);
  const reason = `they have ${bytes} bytes, at most ${BYTES_MAX} are allowed`;
  throw new PipelineError('VALUE_INVALID', `Cannot look for quotes in the sources: ${reason}`);
}

const SHOWN_MAX = 5;

function reasonOf(quotes: readonly QuotedClaim[], missing: readonly QuotedClaim[], pass: number): string {
  const found = quotes.length - missing.length;
  const share = `${found} of ${quotes.length} claims have a quote that stands in a source, a share of ${pass} is wanted`;
  if (missing.length === 0) return share;
  const named = missing.slice(0, SHOWN_MAX).map(missingText);
  const more = missing.length > SHOWN_MAX ? ` and ${missing.length - SHOWN_MAX} more` : '';
  return `${share}; not shown: ${named.join(', ')}${more}`;
}

function missingText({ claim, quote: quoted }: QuotedClaim): string {
  const why = quoted.trim() === '' ? 'no quote' : `${quote(quoted, 120)} stands in no source`;
  return `${quote(claim, 120)} (${why})`;
}

const SHOWN_CHARACTERS = 200;

/** A verdict enters history. */
function shown({ claim, quote: quoted, source }: QuotedClaim): QuotedClaim {
  return { claim: short(claim), quote: short(quoted), source };
}

function short(text: string): string {
  const characters = Array.from(text);
  return characters.length <= SHOWN_CHARACTERS ? text : `${characters.slice(0, SHOWN_CHARACTERS).join('')}…`;
}
