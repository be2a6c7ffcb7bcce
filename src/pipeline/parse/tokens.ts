import { CST, Lexer, Parser } from 'yaml';
import { DEPTH_MAX } from '../plain-json.ts';
import type { Fault } from './text.ts';

/** What a file is made of, brackets and white space counted. One of 1 MiB with 7,000 steps has some 300,000. */
export const TOKENS_MAX = 400_000;

/** The syntax tree of a YAML file, and what in it we do not take. Reading stops at a limit and at a second document. */
export function readTokens(text: string): { tokens: readonly CST.Token[]; faults: readonly Fault[] } {
  const tokens: CST.Token[] = [];
  const faults: Fault[] = [];
  const parser = new Parser();
  const seen: Seen = { count: 0, documents: 0, last: '', beforeLast: '', isBehindPlainText: false };
  for (const lexeme of new Lexer().lex(text)) {
    const limit = limitOf(seen, parser);
    if (limit !== undefined) return { tokens: [], faults: [limit] };
    const refusal = refusalOf(lexeme, seen);
    if (refusal !== undefined) faults.push({ ...refusal, offset: parser.offset - (refusal.back ?? 0) });
    for (const token of parser.next(lexeme)) {
      if (token.type === 'document') seen.documents += 1;
      tokens.push(token);
    }
    remember(lexeme, seen);
  }
  tokens.push(...parser.end());
  return { tokens, faults };
}

/** What of the tokens before matters for the next one. */
interface Seen {
  count: number;
  documents: number;
  last: string;
  beforeLast: string;
  /** Whether nothing but white space stands between an unquoted text and here. */
  isBehindPlainText: boolean;
}

function remember(lexeme: string, seen: Seen): void {
  if (!/^[ \t]/.test(lexeme)) seen.isBehindPlainText = seen.last === CST.SCALAR;
  seen.beforeLast = seen.last;
  seen.last = lexeme;
}

function limitOf(seen: Seen, { stack, offset }: Parser): Fault | undefined {
  seen.count += 1;
  if (seen.count > TOKENS_MAX) return overLimit(offset, `it has more than ${TOKENS_MAX} parts`);
  // The document, and the text that is being read, lie on the stack too.
  if (stack.length > DEPTH_MAX + 2) return overLimit(offset, `its values are nested more than ${DEPTH_MAX} deep`);
  const [document] = stack;
  if (seen.documents === 0 || document?.type !== 'document') return undefined;
  return { ...unsupported('Cannot read a second document: a file holds one pipeline'), offset: document.offset };
}

function overLimit(offset: number, is: string): Fault {
  return { code: 'YAML_LIMIT', offset, message: `Cannot read the file: ${is}` };
}

/** `back`: how far before the token the fault begins. */
type Refusal = Omit<Fault, 'offset'> & { readonly back?: number };

function unsupported(message: string): Refusal {
  return { code: 'YAML_UNSUPPORTED', message };
}

function syntax(message: string): Refusal {
  return { code: 'YAML_SYNTAX', message };
}

function refusalOf(lexeme: string, { last, beforeLast, isBehindPlainText }: Seen): Refusal | undefined {
  if (last === CST.SCALAR) return undefined;
  switch (lexeme[0]) {
    case '!':
      return unsupported(
        `Cannot read tag "${lexeme}": tags are not supported, a text that begins with "!" must be in quotes`,
      );
    case '%':
      if (/^%YAML 1\.2\s*$/.test(lexeme)) return undefined;
      return unsupported(`Cannot read directive "${lexeme.trim()}": only "%YAML 1.2" is allowed`);
    case '#':
      return isBehindPlainText && lexeme.includes('${{') ? syntax(COMMENT) : undefined;
    case '{':
      if (last !== '{') return undefined;
      return beforeLast.endsWith('$') ? { ...syntax(IN_BRACES), back: 2 } : { ...syntax(BARE_BRACES), back: 1 };
    case '"':
    case "'":
      return isClosed(lexeme)
        ? undefined
        : syntax(`Cannot read the text in quotes: its closing ${lexeme[0]} is missing`);
    default:
      return undefined;
  }
}

/** A quote that ends the text is not escaped: by a backslash, or by another quote. */
function isClosed(quoted: string): boolean {
  const body = quoted.slice(1);
  const [end] = quoted.startsWith('"') ? (/(\\*)"$/.exec(body) ?? []) : (/'*$/.exec(body) as RegExpExecArray);
  return end !== undefined && end.length % 2 === 1;
}

const COMMENT = 'Cannot read the expression behind "#": that begins a comment here, put the whole value in quotes';
const IN_BRACES = 'Cannot read the expression: inside "{ }" and "[ ]" an expression must be in quotes';
const BARE_BRACES = 'Cannot read "{{": that is a map as a key, an expression begins with "${{"';
