/** A shorter quote stands in many a text by chance. Letters and digits are counted. */
const LETTERS_MIN = 8;

/**
 * The number of the first source, from 1, in which a quote stands; null when it stands in none, or says too little.
 * White space, capitals, forms of Unicode and the kinds of quotation marks and dashes make no difference; words do.
 * `sources` are as `plainText` gives them.
 */
export function findQuote(quote: string, sources: readonly string[]): number | null {
  const wanted = withoutEnds(plainText(quote));
  const letters = wanted.match(/[\p{L}\p{N}]/gu) ?? [];
  if (letters.length < LETTERS_MIN) return null;
  const index = sources.findIndex((source) => source.includes(wanted));
  return index < 0 ? null : index + 1;
}

/** A text as quotes are looked for in it. */
export function plainText(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[“”„‟«»‹›‘’‚‛`´"]/gu, "'")
    .replaceAll(/[‐‑‒–—―−]/gu, '-')
    .replaceAll(/[\u{ad}\u{200b}-\u{200d}\u{feff}]/gu, '')
    .replaceAll(/\s+/gu, ' ');
}

/** What stands around a quote belongs to whoever quotes. */
function withoutEnds(text: string): string {
  return text.replace(/^[\s']+/u, '').replace(/(?:[\s']|\.{3})+$/u, '');
}
