import type { Code } from '../plan.ts';
import { type Bytes, largest, SMALL_BYTES, textBytes, total } from './bytes.ts';

/** The most that stands behind a root path. */
export type SizeOf = (path: string) => Bytes;

/** The most that an expression gives, told by what it does. */
export function codeBytes(code: Code, sizeOf: SizeOf): Bytes {
  if (typeof code === 'string') return textBytes(code);
  if (typeof code !== 'object' || code === null) return SMALL_BYTES;
  const [operator, ...operands] = code as readonly [string, ...Code[]];
  const of = (operand: Code): Bytes => codeBytes(operand, sizeOf);
  if (operator === 'read') return sizeOf(operands[0] as string);
  if (operator === 'call') return callBytes(operands[0] as string, operands.slice(1).map(of));
  if (operator === '?') return largest(operands.slice(1).map(of));
  // A part is no longer than the whole.
  if (operator === 'get' || operator === 'get?') return of(operands[0] as Code);
  if (ALTERNATIVES.has(operator)) return largest(operands.map(of));
  if (SUMS.has(operator)) return total([SMALL_BYTES, ...operands.map(of), 4 * operands.length]);
  return SMALL_OPERATORS.has(operator) ? SMALL_BYTES : undefined;
}

const ALTERNATIVES: ReadonlySet<string> = new Set(['coalesce', 'or', 'orValue']);
/** With the marks of JSON around each. */
const SUMS: ReadonlySet<string> = new Set(['list', 'record', '+']);
const SMALL_OPERATORS: ReadonlySet<string> = new Set('double negate ! has && || == != < <= > >= in - * / %'.split(' '));

/** None of these gives more than the first of its arguments. */
const KEEPING: ReadonlySet<string> = new Set(
  'trim substring truncate string slice sort distinct flatten max min'.split(' '),
);
const SMALL_CALLS: ReadonlySet<string> = new Set(
  'size contains startsWith endsWith matches sum round int double bool type'.split(' '),
);

function callBytes(name: string, [first, second]: readonly Bytes[]): Bytes {
  if (SMALL_CALLS.has(name)) return SMALL_BYTES;
  if (KEEPING.has(name)) return first;
  if (first === undefined) return undefined;
  // Some letters get longer: "ß" becomes "SS", "İ" three bytes of two.
  if (name === 'lower' || name === 'upper') return 3 * first;
  // In the JSON of the list there is at least one mark where a separator goes; without one it is a line break.
  return name === 'join' && second !== undefined ? first * (1 + second) : undefined;
}
