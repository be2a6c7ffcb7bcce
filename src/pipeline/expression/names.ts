import type { ErrorCode } from '../../errors.ts';
import { type StaticType, typeOf } from './types.ts';
import type { JsonSchema } from '../json.ts';
import { suggestion } from '../suggestion.ts';

/** Root path (`inputs.ticket`, `steps.draft.output`, `run.id`, `part`) → JSON Schema of its value; `true` when unknown. */
export type NameSchemas = Readonly<Record<string, JsonSchema>>;

/** What a dotted path stands for. */
export type Resolution =
  | { readonly kind: 'value'; readonly path: string; readonly type: StaticType }
  /** A value stands before the end of the path: the rest are its fields. */
  | { readonly kind: 'inside' }
  /** Everything below, as one map: `inputs` alone. */
  | { readonly kind: 'group'; readonly members: readonly { readonly name: string; readonly type: StaticType }[] }
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly message: string };

/** Finds out what a path such as `['steps', 'draft', 'output', 'label']` refers to. */
export function resolveName(segments: readonly string[], names: NameSchemas): Resolution {
  const path = segments.join('.');
  const root = segments[0] as string;
  if (root === 'secrets') return secretRefused(path);
  if (Object.hasOwn(names, path)) return { kind: 'value', path, type: typeOf(names[path] as JsonSchema) };
  if (segments.some((_, length) => Object.hasOwn(names, segments.slice(0, length).join('.'))))
    return { kind: 'inside' };
  const below = Object.keys(names).filter((name) => name.startsWith(`${path}.`));
  if (below.length === 0) return unknown(segments, names);
  if (root === 'steps') return stepRefused(segments, below);
  const members = below.map((name) => ({ name: name.slice(path.length + 1), type: typeOf(names[name] as JsonSchema) }));
  return { kind: 'group', members };
}

/** What begins a path in every pipeline; besides these, there are names without a dot, such as `output` in a check. */
const ROOTS = ['inputs', 'vars', 'steps', 'run', 'secrets', 'previous'];

/** Whether a word stands for something by itself, or begins the path of something. */
export function isRoot(word: string, names: NameSchemas): boolean {
  return ROOTS.includes(word) || Object.hasOwn(names, word);
}

/** The first segments of all names. */
function rootNames(names: NameSchemas): string[] {
  return [...new Set(Object.keys(names).map((name) => name.split('.')[0] as string))];
}

function secretRefused(path: string): Resolution {
  const name = path === 'secrets' ? 'secrets.NAME' : path;
  const message = `a secret cannot be part of an expression: "\${{ ${name} }}" stands by itself in the text`;
  return { kind: 'refused', code: 'SECRET_MISPLACED', message };
}

function stepRefused(segments: readonly string[], below: readonly string[]): Resolution {
  const message =
    segments.length === 1
      ? '"steps" is not a value by itself: name the step and the field, as in "steps.draft.output"'
      : `"${segments.join('.')}" is a step, not a value: say "${segments.join('.')}.output"${others(segments, below)}`;
  return { kind: 'refused', code: 'REFERENCE_UNKNOWN', message };
}

function others(segments: readonly string[], below: readonly string[]): string {
  const fields = below
    .map((name) => `.${name.split('.')[segments.length] as string}`)
    .filter((name) => name !== '.output');
  return fields.length === 0 ? '' : `, or one of ${fields.join(', ')}`;
}

function unknown(segments: readonly string[], names: NameSchemas): Resolution {
  return { kind: 'refused', code: 'REFERENCE_UNKNOWN', message: unknownMessage(segments, names) };
}

function unknownMessage(segments: readonly string[], names: NameSchemas): string {
  const known = segments.findIndex((_, index) => !isPrefix(segments.slice(0, index + 1), names));
  const wrong = segments.slice(0, known + 1).join('.');
  if (known === 0) return `there is no "${wrong}"${rootSuggestion(segments, names)}`;
  const prefix = `${segments.slice(0, known).join('.')}.`;
  const siblings = Object.keys(names).filter((name) => name.startsWith(prefix));
  const next = new Set(siblings.map((name) => name.slice(prefix.length).split('.')[0] as string));
  return `there is no "${wrong}"${suggestion(segments[known] as string, [...next], prefix)}`;
}

/** A name without its root (`draft.output` for `steps.draft.output`) is as likely as a typing error. */
function rootSuggestion(segments: readonly string[], names: NameSchemas): string {
  const path = segments.join('.');
  const root = segments[0] as string;
  const under = Object.keys(names).find((name) => isWithin(name.split('.').slice(1).join('.'), path, root));
  return under === undefined ? suggestion(root, rootNames(names)) : `: did you mean "${under}"?`;
}

function isWithin(rest: string, path: string, root: string): boolean {
  return rest !== '' && (path === rest || path.startsWith(`${rest}.`) || rest.startsWith(`${root}.`) || rest === root);
}

function isPrefix(segments: readonly string[], names: NameSchemas): boolean {
  const path = segments.join('.');
  return Object.keys(names).some((name) => name === path || name.startsWith(`${path}.`));
}
