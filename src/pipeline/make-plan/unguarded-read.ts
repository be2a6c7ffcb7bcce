import type { Code, Template } from '../plan.ts';
import { expressionsOf } from '../template.ts';

/** Values that may be null. */
export interface MayBeNull {
  /** The name of such a value; undefined of any other. */
  readonly nameOf: (code: Code) => string | undefined;
  /** Whether something tells when it is null: a condition on that is a guard. */
  readonly tells: (code: Code) => boolean;
}

/** The first value of which a field is read although it may be null, and nothing asks before. */
export function unguardedRead(template: Template, which: MayBeNull): string | undefined {
  return firstOf(
    expressionsOf(template).map(({ code }) => code),
    which,
  );
}

function firstOf(codes: readonly (Code | undefined)[], which: MayBeNull): string | undefined {
  return codes.map((code) => unguarded(code, which)).find((name) => name !== undefined);
}

function unguarded(code: Code | undefined, which: MayBeNull): string | undefined {
  if (typeof code !== 'object' || code === null) return undefined;
  const [operator, ...operands] = code;
  switch (operator) {
    case 'has':
      return undefined;
    case 'get':
      return which.nameOf(operands[0] as Code) ?? firstOf(operands, which);
    case 'get?':
      return firstOf(operands.slice(1), which);
    case 'coalesce':
    case 'orValue':
      return unguarded(operands.at(-1), which);
    case '?':
      return isGuard(operands[0] as Code, which) ? undefined : firstOf(operands, which);
    case '&&':
    case '||':
      return operands.some((each) => isGuard(each, which)) ? undefined : firstOf(operands, which);
    default:
      return firstOf(operands, which);
  }
}

/** It asks in some way whether there is a value. */
function isGuard(code: Code, which: MayBeNull): boolean {
  return unguarded(code, which) === undefined && mentions(code, which);
}

function mentions(code: Code, which: MayBeNull): boolean {
  if (which.tells(code)) return true;
  return Array.isArray(code) && (code as readonly Code[]).some((each) => mentions(each, which));
}
