import { z } from 'zod';
import { PipelineError } from '../../errors.ts';
import type { Json, JsonObject } from '../json.ts';
import { sourceOf } from './references.ts';
import type { SchemaInput, ValueInput } from './value-types.ts';

/** Where a block keeps its steps and outputs; a symbol, so that no key of a user's data can be mistaken for it. */
export const BLOCK = Symbol('steps and outputs of a block');

/** A value as YAML would give it: references as `${{ … }}`, zod schemas as JSON Schemas, nothing that is undefined. */
export function plainValue(value: ValueInput): Json {
  const source = sourceOf(value);
  if (source !== undefined) return `\${{ ${source} }}`;
  if (isZodSchema(value)) return jsonSchemaOf(value);
  if (Array.isArray(value)) return value.map((item: ValueInput | undefined) => plainValue(item ?? null));
  return typeof value === 'object' && value !== null ? plainMap(value as { [key: string]: ValueInput }) : value;
}

/**
 * The same for a map. The outputs of a block stand beside its steps. Methods and symbols are not looked at: what remains
 * is for `makePlan` to judge.
 */
export function plainMap(map: { readonly [key: string]: ValueInput | undefined }): JsonObject {
  const entries = Object.entries(map).filter((entry): entry is [string, ValueInput] => entry[1] !== undefined);
  return Object.fromEntries(
    entries.flatMap(([key, value]) => blockEntries(value) ?? [[key, plainValue(value)] as const]),
  );
}

function blockEntries(value: ValueInput): readonly (readonly [string, Json])[] | undefined {
  if (typeof value !== 'object' || value === null || !(BLOCK in value)) return undefined;
  return Object.entries(value[BLOCK] as JsonObject);
}

/** The declaration of an input. A zod schema that accepts `undefined` is an optional input, unless it has a default. */
export function plainInput(input: SchemaInput): Json {
  if (!isZodSchema(input)) return plainValue(input);
  const schema = jsonSchemaOf(input);
  const isOptional = !('default' in schema) && input.safeParse(undefined).success;
  return isOptional ? { ...schema, optional: true } : schema;
}

/** By zod's own mark, for a user's zod may be another copy than ours. */
function isZodSchema(value: ValueInput): value is z.ZodType {
  return typeof value === 'object' && value !== null && '_zod' in value;
}

function jsonSchemaOf(schema: z.ZodType): JsonObject {
  try {
    const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input' });
    return rest as JsonObject;
  } catch (error) {
    const { message } = error as Error;
    throw new PipelineError('SCHEMA_INVALID', `Cannot write a zod schema as JSON Schema: ${message}`, { cause: error });
  }
}
