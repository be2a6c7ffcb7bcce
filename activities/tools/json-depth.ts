import type { Json } from '../../src/pipeline/json.ts';

/** Lists and maps inside one another; far more would overflow the stack of whoever walks through them. */
export const DEPTH_MAX = 200;

/** Whether a value is nested more than `DEPTH_MAX` deep; itself without recursion. */
export function isTooDeep(value: Json): boolean {
  let level: readonly Json[] = [value];
  for (let depth = 0; depth <= DEPTH_MAX; depth += 1) {
    level = level.flatMap((each) => (each !== null && typeof each === 'object' ? Object.values(each) : []));
    if (level.length === 0) return false;
  }
  return true;
}
