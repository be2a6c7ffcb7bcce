import { Environment, ParseError, type ASTNode } from '@marcbachmann/cel-js';

/** The longest expression, in characters. */
export const EXPRESSION_CHARS_MAX = 8192;
/** The most parts (names, operators, constants) of one expression. */
export const EXPRESSION_NODES_MAX = 2000;
/** How deep the parts of an expression may be nested. */
export const EXPRESSION_DEPTH_MAX = 100;

export type ParsedExpression =
  | { readonly ok: true; readonly node: ASTNode }
  | { readonly ok: false; readonly message: string; readonly offset: number };

/** Reads CEL. Only the grammar is the library's: names, types and meaning are decided by us. */
export function parseExpression(source: string): ParsedExpression {
  const start = Math.max(0, source.search(/\S/));
  if (source.trim() === '') return { ok: false, message: 'the expression is empty', offset: start };
  if (source.length > EXPRESSION_CHARS_MAX) {
    return { ok: false, message: `the expression is longer than ${EXPRESSION_CHARS_MAX} characters`, offset: start };
  }
  try {
    return { ok: true, node: ENVIRONMENT.parse(source).ast };
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    const { start: from, end } = error.range ?? { start: 0, end: 0 };
    return {
      ok: false,
      message: sentence({ error, found: source.slice(from, end) }),
      offset: Math.min(from, source.length),
    };
  }
}

const ENVIRONMENT = new Environment({
  unlistedVariablesAreDyn: true,
  enableOptionalTypes: true,
  limits: { maxAstNodes: EXPRESSION_NODES_MAX, maxDepth: EXPRESSION_DEPTH_MAX },
});

const TOKENS: Readonly<Record<string, string>> = {
  RPAREN: ')',
  RBRACKET: ']',
  RBRACE: '}',
  COLON: ':',
  IDENTIFIER: 'a name',
};

const HABITS: Readonly<Record<string, string>> = {
  '=': 'compare with "=="',
  '&': 'say "&&"',
  '|': 'say "||"',
  and: 'say "&&"',
  or: 'say "||"',
  not: 'say "!"',
  is: 'say "=="',
};

interface Fault {
  readonly error: ParseError;
  /** What stands at the place of the fault. */
  readonly found: string;
}

function sentence(fault: Fault): string {
  const { error, found } = fault;
  switch (error.code) {
    case 'unterminated_string':
    case 'unterminated_triple_quoted_string':
      return 'a quote is not closed';
    case 'newline_in_string':
      return 'a line ends inside quotes: text over several lines stands between """ and """';
    case 'reserved_identifier':
      return `"${found}" is a reserved word of the language`;
    case 'limit_exceeded':
      return `the expression has more than ${EXPRESSION_NODES_MAX} parts, or is nested more than ${EXPRESSION_DEPTH_MAX} deep`;
    case 'invalid_macro_argument':
      return `"${found}" stands where a loop names its variable, as in items.map(item, item.name)`;
    case 'expected_token':
      return missing(fault);
    case 'unexpected_token':
    case 'unexpected_character':
      return unexpected(found);
    default:
      // What is left are numbers and escapes that are not valid.
      return `"${found}" is not a valid ${found.startsWith('\\') ? 'escape: say "\\\\" for a backslash' : 'number'}`;
  }
}

function missing(fault: Fault): string {
  const token = /^Expected (\w+)/.exec(fault.error.summary)?.[1] ?? '';
  const wanted = TOKENS[token] ?? token;
  const where = fault.found === '' ? 'at the end' : `before "${fault.found}"`;
  const habit = HABITS[fault.found];
  return `${wanted.length === 1 ? `a "${wanted}"` : wanted} is missing ${where}${habit === undefined ? '' : `: ${habit}`}`;
}

function unexpected(found: string): string {
  if (found === '') return 'the expression ends too early';
  const habit = HABITS[found];
  return `"${found}" is not expected here${habit === undefined ? '' : `: ${habit}`}`;
}
