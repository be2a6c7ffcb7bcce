/** A part of a text: characters as they are, or the source between `${{` and `}}`. Offsets are characters from 0. */
export type TemplatePiece =
  | { readonly kind: 'text'; readonly text: string; readonly offset: number }
  | { readonly kind: 'expression'; readonly source: string; readonly offset: number }
  /** From here on the text cannot be read. */
  | { readonly kind: 'broken'; readonly message: string; readonly offset: number };

const OPEN = '${{';
/** Stands for a literal `${{`. */
const ESCAPED = '$${{';

/**
 * Cuts a text into literal pieces and expressions. `}}` inside quotes or braces of an expression does not end it.
 * At most one piece is `broken`, and it is the last.
 */
export function splitTemplate(text: string): TemplatePiece[] {
  const pieces: TemplatePiece[] = [];
  let literal = '';
  let literalAt = 0;
  let at = 0;
  const flush = (next: number): void => {
    if (literal !== '') pieces.push({ kind: 'text', text: literal, offset: literalAt });
    literal = '';
    literalAt = next;
  };
  while (at < text.length) {
    const next = nextOpening(text, at);
    literal += text.slice(at, next);
    if (next === text.length) break;
    if (text.startsWith(ESCAPED, next)) {
      literal += OPEN;
      at = next + ESCAPED.length;
      continue;
    }
    const piece = expressionAt(text, next);
    at = piece.kind === 'expression' ? piece.offset + piece.source.length + 2 : text.length;
    flush(at);
    pieces.push(piece);
  }
  flush(at);
  return pieces;
}

function nextOpening(text: string, from: number): number {
  const next = text.indexOf(OPEN, from);
  if (next === -1) return text.length;
  return next > from && text[next - 1] === '$' ? next - 1 : next;
}

function expressionAt(text: string, open: number): TemplatePiece {
  const start = open + OPEN.length;
  let depth = 0;
  for (let at = start; at < text.length; at += 1) {
    const character = text[at];
    if (character === '{') depth += 1;
    if (character === '}' && depth > 0) depth -= 1;
    else if (character === '}' && text[at + 1] === '}')
      return { kind: 'expression', source: text.slice(start, at), offset: start };
    if (character === '"' || character === "'") {
      const end = quoteEnd(text, at);
      if (end === undefined)
        return { kind: 'broken', message: `a quote (${character}) inside "\${{" is not closed`, offset: at };
      at = end;
    }
  }
  return { kind: 'broken', message: '"${{" is not closed: "}}" is missing', offset: open };
}

/** Where a string that begins here ends (its last quote), by the rules of CEL: `'…'`, `"""…"""`, `r"…"`. */
function quoteEnd(text: string, start: number): number | undefined {
  const quote = text[start] as string;
  const isTriple = text.startsWith(quote.repeat(3), start);
  const closing = isTriple ? quote.repeat(3) : quote;
  for (let at = start + closing.length; at < text.length; at += 1) {
    if (text.startsWith(closing, at)) return at + closing.length - 1;
    if (text[at] === '\\') at += 1;
    if (text[at] === '\n' && !isTriple) return undefined;
  }
  return undefined;
}
