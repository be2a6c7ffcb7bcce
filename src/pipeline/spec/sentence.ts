import type { z } from 'zod';
import { type Path, type Problem, pathText, placeText, valueAt, valueText, wrongKey, wrongValue } from '../problem.ts';
import { isMisplaced } from './expressions.ts';
import { similarNames } from '../suggestion.ts';
import { ID_PATTERN, RESERVED_WORDS } from './value.ts';

type Issue = z.core.$ZodIssue;

/**
 * What a schema's issues mean, in our words. `path` is where the schema was applied in `spec`.
 * An issue's own message says what is allowed (see `value.ts`).
 */
export function problemsOfIssues(issues: readonly Issue[], path: Path, spec: unknown): readonly Problem[] {
  // A mistyped key is missing as well; once is enough.
  const mistyped = new Set(issues.flatMap((issue) => (issue.code === 'unrecognized_keys' ? meantKeys(issue) : [])));
  return issues
    .filter((issue) => !mistyped.has(pathText(issue.path as Path)))
    .flatMap((issue) => problemsOfIssue(issue, [...path, ...(issue.path as Path)], spec));
}

function problemsOfIssue(issue: Issue, path: Path, spec: unknown): readonly Problem[] {
  switch (issue.code) {
    case 'unrecognized_keys':
      return unknownKeys(issue).map((key) => unknownKey([...path, key], issue.message.split(' ')));
    case 'invalid_key':
      return [invalidName(path)];
    case 'invalid_union':
      return unionProblems(issue, path, spec);
    default:
      return invalidValue(path, isAnything(issue) ? 'a value' : issue.message, spec);
  }
}

/** Where anything may stand, a schema has no say in what is allowed. */
function isAnything(issue: Issue): boolean {
  return issue.code === 'invalid_type' && issue.expected === 'nonoptional';
}

/** Keys that begin with `x-` are the user's own. */
function unknownKeys({ keys }: z.core.$ZodIssueUnrecognizedKeys): readonly string[] {
  return keys.filter((key) => !key.startsWith('x-'));
}

function meantKeys(issue: z.core.$ZodIssueUnrecognizedKeys): readonly string[] {
  const meant = unknownKeys(issue).flatMap((key) => similarNames(key, issue.message.split(' ')).slice(0, 1));
  return meant.map((key) => pathText([...(issue.path as Path), key]));
}

export function unknownKey(path: Path, allowed: readonly string[]): Problem {
  const key = String(path.at(-1));
  const [similar] = similarNames(key, allowed);
  const more = allowed.length > KEYS_SHOWN ? ' and others' : '';
  const all =
    allowed.length === 0 ? 'none is allowed' : `allowed are ${allowed.slice(0, KEYS_SHOWN).join(', ')}${more}`;
  const hint = similar === undefined ? `, ${all}` : `: did you mean "${similar}"?`;
  const what = `Cannot read key ${valueText(key)} of ${placeText(path.slice(0, -1))}`;
  return wrongKey('KEY_UNKNOWN', path, `${what}: no such key${hint}`);
}

/** Of so many keys nobody reads more; those of the kind of step come first. */
const KEYS_SHOWN = 12;

/** The names of steps, inputs, outputs, models and vars. */
function invalidName(path: Path): Problem {
  const name = String(path.at(-1));
  const what = `Cannot use ${valueText(name)} as a name in "${path.at(-2)}"`;
  if (RESERVED_WORDS.includes(name))
    return wrongKey('ID_INVALID', path, `${what}: it is a word of the expression language`);
  const snake = name
    .slice(0, 64)
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll(/[^A-Za-z0-9_]/g, '_')
    .toLowerCase();
  const hint = ID_PATTERN.test(snake) ? `: did you mean "${snake}"?` : '';
  const allowed = 'at most 64 lower-case letters, digits and "_" are allowed, beginning with a letter';
  return wrongKey('ID_INVALID', path, `${what}: ${allowed}${hint}`);
}

/** When a value has the type of one alternative only, what is wrong with it as that is what its author wants to know. */
function unionProblems(issue: z.core.$ZodIssueInvalidUnion, path: Path, spec: unknown): readonly Problem[] {
  const close = issue.errors.filter((issues) =>
    issues.every((inner) => inner.path.length > 0 || inner.code === 'unrecognized_keys'),
  );
  const [only] = close;
  if (only === undefined || close.length > 1) return invalidValue(path, issue.message, spec);
  return problemsOfIssues(only, path, spec);
}

function invalidValue(path: Path, allowed: string, spec: unknown): readonly Problem[] {
  const value = valueAt(spec, path);
  if (value === undefined) {
    const owner = path.slice(0, -1);
    const message = `Cannot read ${placeText(owner)}: the key "${path.at(-1)}" is missing, ${allowed} is needed`;
    return [wrongKey('KEY_MISSING', owner, message)];
  }
  if (isMisplaced(value, path)) return [];
  // YAML makes a number of `version: 1.0`.
  const hint = allowed.startsWith('a text') && isUnquoted(value) ? ', put it in quotes' : '';
  const message = `Cannot read ${placeText(path)}: it is ${valueText(value)}, ${allowed} is allowed${hint}`;
  return [wrongValue('VALUE_INVALID', path, message)];
}

function isUnquoted(value: unknown): boolean {
  return typeof value === 'number' || typeof value === 'boolean';
}
