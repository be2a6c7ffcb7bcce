import type { ErrorCode } from '../../errors.ts';
import { type StaticType, typeOf } from './types.ts';
import type { JsonSchema } from '../json.ts';
import { suggestion } from '../suggestion.ts';

/**
 * Root path (`inputs.ticket`, `steps.draft.output`, `run.id`, `part`) → JSON Schema of its value; `true` when unknown.
 * A schema may be filled in later; the paths must not change once an expression has been checked against them.
 */
export type NameSchemas = Readonly<Record<string, JsonSchema>>;

/** The names that an expression may read: those of its place, and those of the places around it. */
export interface Names {
  readonly schemas: NameSchemas;
  readonly around?: Names;
  /** Says of the id of a step that cannot be read from here why not, as the second half of a sentence. */
  readonly whyHidden?: (id: string) => string | undefined;
}

/** What a dotted path stands for. */
export type Resolution =
  | { readonly kind: 'value'; readonly path: string; readonly type: StaticType }
  /** A value stands before the end of the path: the rest are its fields. */
  | { readonly kind: 'inside' }
  /** Everything below, as one map: `inputs` alone. */
  | { readonly kind: 'group'; readonly members: readonly { readonly name: string; readonly type: StaticType }[] }
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly message: string };

/** Finds out what a path such as `['steps', 'draft', 'output', 'label']` refers to. */
export function resolveName(segments: readonly string[], names: Names): Resolution {
  const path = segments.join('.');
  const root = segments[0] as string;
  if (root === 'secrets') return secretRefused(path);
  const schema = schemaNamed(path, names);
  if (schema !== undefined) return { kind: 'value', path, type: typeOf(schema) };
  if (segments.some((_, length) => schemaNamed(segments.slice(0, length).join('.'), names) !== undefined))
    return { kind: 'inside' };
  const below = namesFrom(path, names);
  if (below.length === 0) return unknown(segments, names);
  if (root === 'steps' || root === 'previous') return stepRefused(segments, below);
  const members = below.map((name) => {
    return { name: name.slice(path.length + 1), type: typeOf(schemaNamed(name, names) as JsonSchema) };
  });
  return { kind: 'group', members };
}

/** Whether a path is a name, or begins one. */
function isKnown(path: string, names: Names): boolean {
  return schemaNamed(path, names) !== undefined || segmentsBelow(path, names).length > 0;
}

/** The schema of a name, here or around. */
function schemaNamed(name: string, names: Names): JsonSchema | undefined {
  for (let place: Names | undefined = names; place !== undefined; place = place.around) {
    if (Object.hasOwn(place.schemas, name)) return place.schemas[name];
  }
  return undefined;
}

/** What begins a path in every pipeline; besides these, there are names without a dot, such as `output` in a check. */
const ROOTS = ['inputs', 'vars', 'steps', 'run', 'secrets', 'previous'];

/** Whether a word stands for something by itself, or begins the path of something. */
export function isRoot(word: string, names: Names): boolean {
  return ROOTS.includes(word) || schemaNamed(word, names) !== undefined;
}

function secretRefused(path: string): Resolution {
  const name = path === 'secrets' ? 'secrets.NAME' : path;
  const message = `a secret cannot be part of an expression: "\${{ ${name} }}" stands by itself in the text`;
  return { kind: 'refused', code: 'SECRET_MISPLACED', message };
}

function stepRefused(segments: readonly string[], below: readonly string[]): Resolution {
  const [root] = segments;
  const example = below.find((name) => name.endsWith('.output'));
  const message =
    segments.length === 1
      ? `"${root}" is not a value by itself: name the step and the field, as in "${example}"`
      : `"${segments.join('.')}" is a step, not a value: say "${segments.join('.')}.output"${others(segments, below)}`;
  return { kind: 'refused', code: 'REFERENCE_UNKNOWN', message };
}

function others(segments: readonly string[], below: readonly string[]): string {
  const fields = below
    .map((name) => `.${name.split('.')[segments.length] as string}`)
    .filter((name) => name !== '.output');
  return fields.length === 0 ? '' : `, or one of ${fields.join(', ')}`;
}

function unknown(segments: readonly string[], names: Names): Resolution {
  const why = segments[0] === 'steps' && segments[1] !== undefined ? whyHidden(segments[1], names) : undefined;
  return { kind: 'refused', code: 'REFERENCE_UNKNOWN', message: why ?? unknownMessage(segments, names) };
}

/** What is said of names that only some places have. */
const LOOP_NAMES: Readonly<Record<string, string>> = {
  previous: '"previous" is the round before: it can be read only inside a step with "repeat"',
  item: '"item" is the item of a "for_each": it can be read only inside such a step, unless "as" gives it another name',
  index:
    '"index" is the number of an item of a "for_each": it can be read only inside such a step, unless "index" gives it another name',
};

/** Why a step cannot be read from here, when it stands somewhere else. */
export function whyHidden(id: string, names: Names): string | undefined {
  if (isKnown(`steps.${id}`, names)) return undefined;
  return names.whyHidden?.(id) ?? (names.around && whyHidden(id, names.around));
}

function unknownMessage(segments: readonly string[], names: Names): string {
  const loop = LOOP_NAMES[segments[0] as string];
  if (loop !== undefined && !isKnown(segments[0] as string, names)) return loop;
  const known = segments.findIndex((_, index) => !isKnown(segments.slice(0, index + 1).join('.'), names));
  const wrong = segments.slice(0, known + 1).join('.');
  const meant = known === 0 ? nameEnding(segments, names) : undefined;
  if (meant !== undefined) return `there is no "${wrong}": did you mean "${meant}"?`;
  const before = segments.slice(0, known).join('.');
  const next = segmentsBelow(before, names);
  return `there is no "${wrong}"${suggestion(segments[known] as string, next, known === 0 ? '' : `${before}.`)}`;
}

/** `steps.draft.output` for `draft.output`: a name without its root is as likely as a typing error. */
function nameEnding(segments: readonly string[], names: Names): string | undefined {
  const path = segments.join('.');
  return segmentsBelow('', names).flatMap((root) => {
    const whole = `${root}.${path}`;
    return schemaNamed(whole, names) === undefined ? namesFrom(`${root}.${segments[0] as string}`, names) : [whole];
  })[0];
}

/** A path, if it is a name, and the names that begin with it. */
function namesFrom(path: string, names: Names): string[] {
  const own = schemaNamed(path, names) === undefined ? [] : [path];
  return [...own, ...segmentsBelow(path, names).flatMap((segment) => namesFrom(`${path}.${segment}`, names))];
}

/** The segments that may come next behind a path; behind '', the first ones. What stands around comes first. */
function segmentsBelow(path: string, { schemas, around }: Names): string[] {
  const outer = around === undefined ? [] : segmentsBelow(path, around);
  const index = INDICES.get(schemas) ?? indexOf(schemas);
  INDICES.set(schemas, index);
  return [...new Set([...outer, ...(index.get(path) ?? [])])];
}

/** By path, the segments that may come next. A pipeline has tens of thousands of names. */
const INDICES = new WeakMap<NameSchemas, ReadonlyMap<string, ReadonlySet<string>>>();

function indexOf(schemas: NameSchemas): ReadonlyMap<string, ReadonlySet<string>> {
  const index = new Map<string, Set<string>>();
  for (const name of Object.keys(schemas)) {
    const segments = name.split('.');
    segments.forEach((segment, depth) => {
      const before = segments.slice(0, depth).join('.');
      index.set(before, (index.get(before) ?? new Set()).add(segment));
    });
  }
  return index;
}
