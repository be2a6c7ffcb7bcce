import { innerSteps } from './inner-steps.ts';
import type { Json } from './json.ts';
import { isMap } from './problem.ts';

/** Pipelines may name one another in a row of at most so many. */
export const PIPELINE_DEPTH_MAX = 10;

/** Why a path cannot be that of a pipeline file, whatever files there are; the second half of a sentence. */
export function linkFault(path: string): string | undefined {
  if (/\p{Cc}/u.test(path)) return 'it holds control characters';
  if (/^[a-z][a-z0-9+.-]+:/i.test(path)) return 'it is a URL, and only files can be used';
  if (path.includes('\\')) return 'folders are divided by "/", not by backslashes';
  if (path.startsWith('/') || /^[a-z]:/i.test(path)) return 'it is absolute, and must be relative to this file';
  return undefined;
}

/** The paths of files that the steps of a pipeline name, each once. Pipelines inside it have not been looked at yet. */
export function namedFiles(spec: Readonly<Record<string, Json>>): readonly string[] {
  const files = new Set<string>();
  // A list also gives what is added to it while it is gone through.
  const found: Json[] = stepsOf(spec);
  for (const step of found) {
    const named = isMap(step) ? step['pipeline'] : undefined;
    if (typeof named === 'string' && linkFault(named) === undefined) files.add(named);
    if (isMap(named)) found.push(...stepsOf(named));
    found.push(...innerSteps(step).map((inner) => inner.step));
  }
  return [...files];
}

function stepsOf({ steps }: Readonly<Record<string, Json>>): Json[] {
  return isMap(steps) ? Object.values(steps) : [];
}
