/** Shows a piece of text in a sentence: in quotes, on one line, cut at `characters`. */
export function quote(text: string, characters = 200): string {
  // Cut before escaping, so that no escape sequence is cut in half; a split pair of surrogates would be one too.
  const start = text.slice(0, characters).replace(/[\uD800-\uDBFF]$/, '');
  return start.length === text.length ? JSON.stringify(text) : `${JSON.stringify(start)} …`;
}
