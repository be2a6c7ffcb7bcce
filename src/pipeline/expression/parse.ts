import { type ASTNode, Environment, type ParseError, type SourceRange } from '@marcbachmann/cel-js';
import { ExpressionFault } from './fault.ts';

/** The longest expression, in characters. */
export const EXPRESSION_CHARS_MAX = 8192;
/** The most parts (names, operators, constants) of one expression. */
export const EXPRESSION_NODES_MAX = 2000;
/** How deep the parts of an expression may be nested. */
export const EXPRESSION_DEPTH_MAX = 100;

/**
 * Reads CEL. Only the grammar is the library's: names, types and meaning are decided by us.
 * Throws an `ExpressionFault`, or the library's `ParseError`.
 */
export function parseExpression(source: string): ASTNode {
  if (source.trim() === '') throw new ExpressionFault('EXPRESSION_SYNTAX', 'the expression is empty', 0);
  if (source.length > EXPRESSION_CHARS_MAX) {
    throw new ExpressionFault(
      'EXPRESSION_SYNTAX',
      `the expression is longer than ${EXPRESSION_CHARS_MAX} characters`,
      0,
    );
  }
  return ENVIRONMENT.parse(source).ast;
}

/** The library's error in our words. */
export function syntaxFaultOf(error: ParseError, source: string): ExpressionFault {
  const { start, end } = error.range as SourceRange;
  const message = sentence({ error, found: source.slice(start, end) });
  return new ExpressionFault('EXPRESSION_SYNTAX', message, Math.min(start, source.length));
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
  const token = fault.error.summary.replace(/^Expected (\w+).*/s, '$1');
  const wanted = TOKENS[token] as string;
  const where = fault.found === '' ? 'at the end' : `before "${fault.found}"`;
  const habit = HABITS[fault.found];
  return `${wanted.length === 1 ? `a "${wanted}"` : wanted} is missing ${where}${habit === undefined ? '' : `: ${habit}`}`;
}

function unexpected(found: string): string {
  if (found === '') return 'the expression ends too early';
  const habit = HABITS[found];
  return `"${found}" is not expected here${habit === undefined ? '' : `: ${habit}`}`;
}
