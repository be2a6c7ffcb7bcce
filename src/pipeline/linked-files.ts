import { innerSteps } from './inner-steps.ts';
import type { Json } from './json.ts';
import { isMap } from './problem.ts';

/** Pipelines may name one another in a row of at most so many. */
export const PIPELINE_DEPTH_MAX = 10;

/** Why a path cannot be that of a file beside this one, whatever files there are; the second half of a sentence. */
export function linkFault(path: string): string | undefined {
  if (/\p{Cc}/u.test(path)) return 'it holds control characters';
  if (/^[a-z][a-z0-9+.-]+:/i.test(path)) return 'it is a URL, and only files can be used';
  if (path.includes('\\')) return 'folders are divided by "/", not by backslashes';
  if (path.startsWith('/') || /^[a-z]:/i.test(path)) return 'it is absolute, and must be relative to this file';
  return undefined;
}

/** The paths of files that the steps of a pipeline name, each once. */
export interface NamedFiles {
  readonly pipelines: readonly string[];
  /** Prompts and rubrics. */
  readonly texts: readonly string[];
}

/** Pipelines inside this one have not been looked at yet. */
export function namedFiles(spec: Readonly<Record<string, Json>>): NamedFiles {
  const pipelines = new Set<string>();
  const texts = new Set<string>();
  // A list also gives what is added to it while it is gone through.
  const found: Json[] = stepsOf(spec);
  for (const step of found) {
    const named = isMap(step) ? step['pipeline'] : undefined;
    if (typeof named === 'string' && linkFault(named) === undefined) pipelines.add(named);
    if (isMap(named)) found.push(...stepsOf(named));
    for (const text of textFiles(step)) texts.add(text);
    found.push(...innerSteps(step).map((inner) => inner.step));
  }
  return { pipelines: [...pipelines], texts: [...texts] };
}

function textFiles(step: Json): readonly string[] {
  if (!isMap(step)) return [];
  const { prompt, system, messages, checks, check } = step;
  const turns = Array.isArray(messages) ? messages.filter(isMap).flatMap((turn) => Object.values(turn)) : [];
  const judges = [check, ...(Array.isArray(checks) ? checks : [])].filter(isMap).map(({ judge }) => judge);
  const rubrics = judges.filter(isMap).map(({ rubric }) => rubric);
  const named = [prompt, system, ...turns, ...rubrics].map((text) => (isMap(text) ? text['file'] : undefined));
  return named.filter((path) => typeof path === 'string').filter((path) => linkFault(path) === undefined);
}

function stepsOf({ steps }: Readonly<Record<string, Json>>): Json[] {
  return isMap(steps) ? Object.values(steps) : [];
}
