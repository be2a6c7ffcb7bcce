import type { Json, JsonObject } from '../json.ts';
import { isMap } from '../problem.ts';

const VALUES_SHOWN = 10;
const TEXT_SHOWN_CHARS = 60;

/** Whether a value has one of the types that `type` names. */
export function isOfType(value: Json, type: Json): boolean {
  return [type].flat().some((name) => TYPES[name as string]?.holds(value) === true);
}

interface Type {
  readonly noun: string;
  readonly holds: (value: Json) => boolean;
  /** What bounds such a value, in words. */
  readonly bounds: (schema: JsonObject) => string;
}

const unbounded = () => '';

const TYPES: Readonly<Record<string, Type>> = {
  null: { noun: 'null', holds: (value) => value === null, bounds: unbounded },
  boolean: { noun: 'true or false', holds: (value) => typeof value === 'boolean', bounds: unbounded },
  integer: { noun: 'a whole number', holds: Number.isInteger, bounds: numberBounds },
  number: { noun: 'a number', holds: (value) => typeof value === 'number', bounds: numberBounds },
  string: { noun: 'a text', holds: (value) => typeof value === 'string', bounds: countBounds('Length', 'character') },
  array: { noun: 'a list', holds: Array.isArray, bounds: countBounds('Items', 'item') },
  object: { noun: 'a map', holds: isMap, bounds: countBounds('Properties', 'key') },
};

/** What a schema wants of a value as a whole: `a number from 0 to 1`, `"a" or "b"`, `a list of at most 3 items`. */
export function wantedText(schema: JsonObject): string {
  if (schema['const'] !== undefined) return jsonText(schema['const']);
  if (Array.isArray(schema['enum'])) return anyText(schema['enum'].map(jsonText));
  const named = schema['type'] === undefined ? boundTypes(schema) : ([schema['type']].flat() as readonly string[]);
  const types = named.map((name) => TYPES[name] as Type);
  return types.map(({ noun, bounds }) => [noun, bounds(schema)].filter((text) => text !== '').join(' ')).join(' or ');
}

/** The types whose values a schema without `type` bounds. */
function boundTypes(schema: JsonObject): readonly string[] {
  return Object.keys(TYPES).filter((name) => name !== 'integer' && TYPES[name]?.bounds(schema) !== '');
}

function jsonText(value: Json): string {
  const text = JSON.stringify(value);
  return text.length <= TEXT_SHOWN_CHARS ? text : `${text.slice(0, TEXT_SHOWN_CHARS)}…`;
}

function anyText(texts: readonly string[]): string {
  const shown = texts.slice(0, VALUES_SHOWN);
  const [last, others] = [shown.at(-1) as string, texts.length - shown.length];
  if (others > 0) return `one of ${shown.join(', ')} and ${others} more`;
  return shown.length === 1 ? last : `${shown.slice(0, -1).join(', ')} or ${last}`;
}

function countBounds(what: string, unit: string): Type['bounds'] {
  return (schema) => {
    const [min, max] = [schema[`min${what}`], schema[`max${what}`]] as [number?, number?];
    if (min === undefined && max === undefined) return '';
    const range =
      min === undefined || max === undefined ? openRange(min, max) : min === max ? `${min}` : `${min} to ${max}`;
    return `of ${range} ${(max ?? min) === 1 ? unit : `${unit}s`}`;
  };
}

function openRange(min: number | undefined, max: number | undefined): string {
  return min === undefined ? `at most ${max}` : `at least ${min}`;
}

function numberBounds({ minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf }: JsonObject): string {
  const [min, max] = [minimum, maximum] as [number?, number?];
  const isOpen = min === undefined || max === undefined;
  return [
    ...(min === undefined && max === undefined ? [] : [isOpen ? `of ${openRange(min, max)}` : `from ${min} to ${max}`]),
    ...(exclusiveMinimum === undefined ? [] : [`above ${exclusiveMinimum as number}`]),
    ...(exclusiveMaximum === undefined ? [] : [`below ${exclusiveMaximum as number}`]),
    ...(multipleOf === undefined ? [] : [`divisible by ${multipleOf as number}`]),
  ].join(' and ');
}
