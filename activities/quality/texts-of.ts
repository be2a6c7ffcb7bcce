import { PipelineError } from '../../src/errors.ts';
import type { Json } from '../../src/pipeline/json.ts';

/** What is looked through for things that must not be there is at most this long. */
const BYTES_MAX = 1_048_576;

/**
 * Every text and number in a value, names of fields included, each from a line of its own: as JSON its line breaks
 * would be escaped. Checks that name a line count the lines of this. `what` is what they look for; a longer value is
 * refused with `VALUE_INVALID`.
 */
export function linesOf(value: Json, what: string): string {
  const text = textsOf(value).join('\n');
  const bytes = Buffer.byteLength(text);
  if (bytes <= BYTES_MAX) return text;
  throw cannotLook(what, `the text has ${bytes} bytes, at most ${BYTES_MAX} are allowed`);
}

/** The error of a value that cannot be looked through. */
export function cannotLook(what: string, reason: string): PipelineError {
  return new PipelineError('VALUE_INVALID', `Cannot look for ${what}: ${reason}`);
}

/** Every text and number in a value, names of fields included. */
export function textsOf(value: Json): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value === 'number') return [String(value)];
  if (value === null || typeof value !== 'object') return [];
  if (Array.isArray(value)) return value.flatMap(textsOf);
  return Object.entries(value).flatMap(([name, each]) => [name, ...textsOf(each)]);
}

const SHOWN_MAX = 5;

/** The first things that were found, each told by its kind and place only: a reason is kept, shown and sent to models. */
export function shownPlaces(found: readonly string[]): string {
  const more = found.length > SHOWN_MAX ? ` and ${found.length - SHOWN_MAX} more` : '';
  return `${found.slice(0, SHOWN_MAX).join(', ')}${more}`;
}
