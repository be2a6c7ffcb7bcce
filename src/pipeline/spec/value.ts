import { z } from 'zod';
import { DURATION_PATTERN, parseDuration } from '../duration.ts';
import type { Json } from '../json.ts';

/*
 * The values that the language is made of. In every schema, `error` says what is allowed there ("a text"); the
 * sentence around it is made in `sentence.ts`. Nothing here has a default or changes the value: the plan
 * fills in, the spec does not.
 */

export const TEXT_CHARS_MAX = 200;
/** Words of the expression language, which cannot be names in it. */
export const RESERVED_WORDS: readonly string[] = ['in', 'true', 'false', 'null'];
export const ID_PATTERN = /^(?!(?:in|true|false|null)$)[a-z][a-z0-9_]{0,63}$/;

declare module 'zod' {
  interface GlobalMeta {
    /** True when `${{ … }}` may stand in the value. It is refused everywhere else. */
    expressions?: boolean;
    /** What stands in when the key is missing, for the reference. */
    otherwise?: string;
  }
}

/** A map of the language: a key that is not listed is an error. */
export function map<Shape extends z.ZodRawShape>(shape: Shape, allowed = 'a map') {
  const keys = Object.keys(shape).join(' ');
  return z.strictObject(shape, { error: (issue) => (issue.code === 'unrecognized_keys' ? keys : allowed) });
}

export function text(allowed: string) {
  return z.string({ error: allowed }).min(1, { error: allowed });
}

export function wholeNumber(min: number, max: number) {
  const error = `a whole number from ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
}

export function namedBy<Value extends z.ZodType>(value: Value, allowed: string) {
  return z.record(Id, value, { error: allowed });
}

export const JsonValue = z.unknown() as z.ZodType<Json>;

export const Id = z
  .string()
  .regex(ID_PATTERN)
  .meta({ id: 'Id', description: 'A name in snake_case, so that expressions can use it' });

export const Line = text(`a text of at most ${TEXT_CHARS_MAX} characters`).max(TEXT_CHARS_MAX, {
  error: `a text of at most ${TEXT_CHARS_MAX} characters`,
});

export const Template = text('a text').meta({ id: 'Template', description: 'Text that may hold `${{ … }}`' });

const durationAllowed = 'a duration such as 250ms, 30s, 5m, 2h or 3d';
export const Duration = z
  .string({ error: durationAllowed })
  .regex(DURATION_PATTERN, { error: durationAllowed, abort: true })
  .refine((value) => parseDuration(value) !== undefined, { error: 'a duration of at most 365d' })
  .meta({ id: 'Duration', description: 'A whole number and a unit: `250ms`, `30s`, `5m`, `2h`, `3d`' });

export const schemaAllowed = 'a JSON Schema, such as { type: string },';
export const SchemaSpec = z
  .record(z.string(), JsonValue, { error: schemaAllowed })
  .meta({ id: 'JsonSchema', description: 'A JSON Schema, draft 2020-12' });
