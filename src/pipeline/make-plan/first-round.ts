import type { Code, Template } from '../plan.ts';
import { expressionsOf } from '../template.ts';

/** Whether a root path leads to the round before. */
export function isPrevious(path: string): boolean {
  return path.startsWith('previous.');
}

/** What of the round before has a field that is read although in the first round there is none: `previous.draft.output`. */
export function unguardedPrevious(template: Template): string | undefined {
  return firstOf(expressionsOf(template).map(({ code }) => code));
}

function firstOf(codes: readonly (Code | undefined)[]): string | undefined {
  return codes.map(unguarded).find((path) => path !== undefined);
}

function unguarded(code: Code | undefined): string | undefined {
  if (typeof code !== 'object' || code === null) return undefined;
  const [operator, ...operands] = code;
  switch (operator) {
    case 'has':
      return undefined;
    case 'get':
      return previousOf(operands[0]) ?? firstOf(operands);
    case 'get?':
      return firstOf(operands.slice(1));
    case 'coalesce':
    case 'orValue':
      return unguarded(operands.at(-1));
    case '?':
      return isGuard(operands[0]) ? undefined : firstOf(operands);
    case '&&':
    case '||':
      return operands.some(isGuard) ? undefined : firstOf(operands);
    default:
      return firstOf(operands);
  }
}

function previousOf(code: Code | undefined): string | undefined {
  const [operator, path] = Array.isArray(code) ? (code as readonly Code[]) : [];
  return operator === 'read' && isPrevious(String(path)) ? String(path) : undefined;
}

/** It asks in some way whether there is a round before. */
function isGuard(code: Code | undefined): boolean {
  return unguarded(code) === undefined && mentionsPrevious(code);
}

function mentionsPrevious(code: Code | undefined): boolean {
  if (previousOf(code) !== undefined) return true;
  return Array.isArray(code) && (code as readonly Code[]).some(mentionsPrevious);
}
