import { setImmediate as giveWay } from 'node:timers/promises';

export const LENGTH_UNITS = ['characters', 'words', 'tokens'] as const;
export type LengthUnit = (typeof LENGTH_UNITS)[number];

/** Pieces that are counted in one go; it takes some ten milliseconds at the most. */
const BATCH_CHARACTERS = 10_000;

/**
 * How long a text is. Characters are Unicode's code points; words follow Unicode's rules, which know languages without
 * spaces; tokens are those of OpenAI's `o200k_base`, which come close to those of other vendors.
 */
export async function textLength(text: string, unit: LengthUnit, signal: AbortSignal): Promise<number> {
  const count = await COUNTERS[unit]();
  let length = 0;
  let batch = 0;
  for (const [piece] of text.matchAll(PIECES)) {
    length += count(piece);
    batch += piece.length;
    if (batch < BATCH_CHARACTERS) continue;
    batch = 0;
    // Other calls of the worker go on meanwhile, and a cancelled one ends.
    await giveWay(undefined, { signal });
  }
  return length;
}

/**
 * The time of a tokenizer grows with the square of what holds no space, so a text is counted in pieces: cut before
 * a space where there is one. A cut elsewhere is at most one token or word too many.
 */
const PIECES = /.{1,1000}(?=\s|$)|.{1,1000}/gsu;

type Count = (piece: string) => number;

const COUNTERS: Readonly<Record<LengthUnit, () => Count | Promise<Count>>> = {
  characters: () => (piece) => Array.from(piece).length,
  words: () => {
    const segmenter = new Intl.Segmenter('und', { granularity: 'word' });
    return (piece) => [...segmenter.segment(piece)].filter(({ isWordLike }) => isWordLike).length;
  },
  tokens: async () => {
    // The tables take a third of a second and 75 MB, so they are loaded by the first who counts tokens.
    const { countTokens } = await import('gpt-tokenizer/encoding/o200k_base');
    return (piece) => countTokens(piece, NO_SPECIAL_TOKENS);
  },
};

/** What looks like a marker of a model, such as `<|endoftext|>`, is text like any other. */
const NO_SPECIAL_TOKENS = { disallowedSpecial: new Set<string>() };
