import type { ErrorObject } from 'ajv/dist/2020.js';
import { type StaticType, fieldOf, fieldsOf, shownKind, typeOf } from '../expression/types.ts';
import type { Json, JsonObject, JsonSchema } from '../json.ts';
import { type Path, type Problem, isMap, placeText, valueAt, valueText, wrongKey, wrongValue } from '../problem.ts';
import { unknownKey } from '../spec/sentence.ts';
import { similarNames } from '../suggestion.ts';
import type { SchemaBook } from './schemas.ts';
import { saying } from './unions.ts';

/** A value that may hold expressions, what is known of it once it is filled in, and the schema that it must meet then. */
export interface Fitting {
  readonly path: Path;
  readonly value: Json;
  readonly filledIn: JsonSchema;
  readonly schema: JsonSchema;
}

/**
 * What keeps a value from meeting a schema, as far as that is known before the run: fixed values are validated,
 * those that an expression gives are compared by type, and the keys of maps are always known.
 */
export function fitProblems(fitting: Fitting, schemas: SchemaBook): readonly Problem[] {
  const errors = schemas.errorsOf(fitting.value, fitting.schema);
  const mistyped = new Set(saying(errors, () => false).flatMap((error) => meantKeys(error, fitting.schema)));
  const told = saying(errors, (error) => mistyped.has(missingKey(error)));
  return [
    ...told.filter((error) => isCertain(error, fitting.value)).map((error) => problemOf(error, fitting)),
    ...typeProblems(fitting, typeOf(fitting.filledIn), typeOf(fitting.schema)),
  ];
}

/** Which keys a map has is certain whatever they hold; everything else only where no expression stands. */
function isCertain({ keyword, instancePath }: ErrorObject, value: Json): boolean {
  return KEY_RULES.has(keyword) || !hasExpression(valueAt(value, pointer(instancePath)));
}

const KEY_RULES: ReadonlySet<string> = new Set(['required', 'additionalProperties']);

/** The key that an unknown one was meant to be; it is missing too, and once is enough. */
function meantKeys(error: ErrorObject, schema: JsonSchema): readonly string[] {
  if (error.keyword !== 'additionalProperties') return [];
  const [similar] = similarNames(unknownKeyOf(error), keysOf(schema, error.schemaPath));
  return similar === undefined ? [] : [`${error.instancePath}/${similar}`];
}

function missingKey({ instancePath, params }: ErrorObject): string {
  return `${instancePath}/${(params as { missingProperty?: string }).missingProperty}`;
}

function unknownKeyOf({ params }: ErrorObject): string {
  return (params as { additionalProperty: string }).additionalProperty;
}

function hasExpression(value: unknown): boolean {
  return JSON.stringify(value).includes('${{');
}

function pointer(text: string): readonly string[] {
  return text
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function problemOf(error: ErrorObject, { path, value, schema }: Fitting): Problem {
  const place = [...path, ...numbered(pointer(error.instancePath), value)];
  switch (error.keyword) {
    case 'additionalProperties':
      return unknownKey([...place, unknownKeyOf(error)], keysOf(schema, error.schemaPath));
    case 'required': {
      const { missingProperty } = error.params as { missingProperty: string };
      return wrongKey('KEY_MISSING', place, `Cannot read ${placeText(place)}: the key "${missingProperty}" is missing`);
    }
    default: {
      const is = valueText(valueAt(value, pointer(error.instancePath)));
      return wrongValue('VALUE_INVALID', place, `Cannot use ${placeText(place)}: it is ${is}, ${rule(error)}`);
    }
  }
}

/** The keys that the schema of a map declares, beside the keyword at `schemaPath` (`#/properties/a/additionalProperties`). */
function keysOf(schema: JsonSchema, schemaPath: string): readonly string[] {
  const owner = valueAt(schema, pointer(decodeURIComponent(schemaPath)).slice(0, -1)) as JsonObject;
  return Object.keys(owner['properties'] ?? {});
}

/** ajv counts lists in text. */
function numbered(path: readonly string[], value: Json): Path {
  return path.map((part, index) => (Array.isArray(valueAt(value, path.slice(0, index))) ? Number(part) : part));
}

function rule({ keyword, params, message }: ErrorObject): string {
  switch (keyword) {
    case 'enum':
      return `allowed are ${(params as { allowedValues: readonly Json[] }).allowedValues.map(valueText).join(', ')}`;
    case 'type':
      return `${[(params as { type: string | string[] }).type].flat().map(typeText).join(' or ')} is allowed`;
    case 'format':
      return `which is no ${FORMAT_NAMES[(params as { format: string }).format] ?? (params as { format: string }).format}`;
    case 'anyOf':
    case 'oneOf':
      return 'which is none of the forms that are allowed';
    default:
      return `and ${message}`;
  }
}

const FORMAT_NAMES: Readonly<Record<string, string>> = { regex: 'regular expression of RE2' };

function typeText(type: string): string {
  return shownKind(typeOf({ type }));
}

/** What expressions give, compared with what is wanted. Where either is not known, only the run tells. */
function typeProblems(
  { path, value }: Pick<Fitting, 'path' | 'value'>,
  is: StaticType,
  wanted: StaticType,
): readonly Problem[] {
  if (!hasExpression(value)) return [];
  if (isMap(value) && is.kind === 'map' && wanted.kind === 'map') {
    return fieldsOf(is).flatMap(([name, schema]) => {
      const field = fieldOf(wanted, name);
      const inner = { path: [...path, name], value: value[name] as Json };
      return field === undefined ? [] : typeProblems(inner, typeOf(schema), field);
    });
  }
  if (is.kind === wanted.kind || UNKNOWN.has(is.kind) || wanted.kind === 'any') return [];
  if (is.kind === 'integer' && wanted.kind === 'number') return [];
  const message = `Cannot use the expression in ${placeText(path)}: it gives ${shownKind(is)}, ${shownKind(wanted)} is needed`;
  return [wrongValue('EXPRESSION_TYPE', path, message)];
}

const UNKNOWN: ReadonlySet<string> = new Set(['any', 'null', 'optional']);
