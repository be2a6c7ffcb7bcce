import type { Code, Template } from '../plan.ts';
import { unguardedRead } from './unguarded-read.ts';

/** Whether a root path leads to the round before. */
export function isPrevious(path: string): boolean {
  return path.startsWith('previous.');
}

/** What of the round before has a field that is read although in the first round there is none: `previous.draft.output`. */
export function unguardedPrevious(template: Template): string | undefined {
  return unguardedRead(template, { nameOf: previousOf, tells: (code) => previousOf(code) !== undefined });
}

function previousOf(code: Code): string | undefined {
  const [operator, path] = Array.isArray(code) ? (code as readonly Code[]) : [];
  return operator === 'read' && isPrevious(String(path)) ? String(path) : undefined;
}
