import type { ErrorCode } from '../../errors.ts';
import { type StaticType, typeOf } from './types.ts';
import type { JsonSchema } from '../json.ts';
import { suggestion } from '../suggestion.ts';

/**
 * Root path (`inputs.ticket`, `steps.draft.output`, `run.id`, `part`) → JSON Schema of its value; `true` when unknown.
 * A schema may be filled in later; the paths must not change once an expression has been checked against them.
 */
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
  const below = namesFrom(path, names);
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
  const below = segmentsBelow(names);
  const known = segments.findIndex((_, index) => !below.has(segments.slice(0, index + 1).join('.')));
  const wrong = segments.slice(0, known + 1).join('.');
  const meant = known === 0 ? nameEnding(segments, names) : undefined;
  if (meant !== undefined) return `there is no "${wrong}": did you mean "${meant}"?`;
  const before = segments.slice(0, known).join('.');
  const next = [...(below.get(before) ?? [])];
  return `there is no "${wrong}"${suggestion(segments[known] as string, next, known === 0 ? '' : `${before}.`)}`;
}

/** `steps.draft.output` for `draft.output`: a name without its root is as likely as a typing error. */
function nameEnding(segments: readonly string[], names: NameSchemas): string | undefined {
  const path = segments.join('.');
  const roots = segmentsBelow(names).get('') ?? [];
  return [...roots].flatMap((root) => {
    const whole = `${root}.${path}`;
    return Object.hasOwn(names, whole) ? [whole] : namesFrom(`${root}.${segments[0] as string}`, names);
  })[0];
}

/** A path, if it is a name, and the names that begin with it. */
function namesFrom(path: string, names: NameSchemas): string[] {
  const own = Object.hasOwn(names, path) ? [path] : [];
  const below = [...(segmentsBelow(names).get(path) ?? [])];
  return [...own, ...below.flatMap((segment) => namesFrom(`${path}.${segment}`, names))];
}

const INDICES = new WeakMap<NameSchemas, ReadonlyMap<string, ReadonlySet<string>>>();

/** By path, the segments that may come next; by '', the first ones. A pipeline has tens of thousands of names. */
function segmentsBelow(names: NameSchemas): ReadonlyMap<string, ReadonlySet<string>> {
  const index = INDICES.get(names) ?? indexOf(names);
  INDICES.set(names, index);
  return index;
}

function indexOf(names: NameSchemas): ReadonlyMap<string, ReadonlySet<string>> {
  const index = new Map<string, Set<string>>();
  for (const name of Object.keys(names)) {
    const segments = name.split('.');
    segments.forEach((segment, depth) => {
      const before = segments.slice(0, depth).join('.');
      index.set(before, (index.get(before) ?? new Set()).add(segment));
    });
  }
  return index;
}
