import type { Json, JsonSchema } from '../json.ts';
import { isMap } from '../problem.ts';
import { type Bytes, jsonBytes, largest, SMALL_BYTES, total } from './bytes.ts';

/** JSON Schema counts characters, each of at most so many bytes. */
const CHARACTER_BYTES_MAX = 4;

/** The most that a value takes which fits a JSON Schema. */
export function schemaBytes(schema: JsonSchema | Json): Bytes {
  if (!isMap(schema)) return undefined;
  const { const: constant, enum: choices, anyOf, oneOf, type } = schema;
  if (constant !== undefined) return jsonBytes(constant);
  if (Array.isArray(choices)) return largest(choices.map(jsonBytes));
  const alternatives = anyOf ?? oneOf;
  if (Array.isArray(alternatives)) return largest(alternatives.map(schemaBytes));
  const types = [type].flat();
  return largest(types.map((each) => typeBytes(each, schema)));
}

function typeBytes(type: Json | undefined, schema: Readonly<Record<string, Json>>): Bytes {
  switch (type) {
    case 'null':
    case 'boolean':
    case 'integer':
    case 'number':
      return SMALL_BYTES;
    case 'string':
      return numberAt(schema, 'maxLength', (length) => CHARACTER_BYTES_MAX * length + 2);
    case 'array':
      return numberAt(schema, 'maxItems', (count) => listBytes(count, schemaBytes(schema['items'] ?? true)));
    case 'object':
      return objectBytes(schema);
    default:
      return undefined;
  }
}

/** So many items, with what stands between them. */
export function listBytes(count: number, item: Bytes): Bytes {
  return item === undefined ? undefined : count * (item + 3) + 2;
}

function numberAt(schema: Readonly<Record<string, Json>>, key: string, bytesOf: (number: number) => Bytes): Bytes {
  const value = schema[key];
  return typeof value === 'number' ? bytesOf(value) : undefined;
}

function objectBytes({ properties, additionalProperties }: Readonly<Record<string, Json>>): Bytes {
  if (additionalProperties !== false || !isMap(properties)) return undefined;
  return total([
    2,
    ...Object.entries(properties).map(([name, inner]) => total([jsonBytes(name) + 6, schemaBytes(inner)])),
  ]);
}
