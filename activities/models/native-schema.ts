import type { Json, JsonObject } from '../../src/pipeline/json.ts';

/**
 * The schema as a vendor's strict mode takes it, made by the vendor's own `transform`; undefined when that mode
 * cannot express it. Strict modes close every object, so one that leaves its keys open cannot be sent.
 */
export function nativeSchema(
  schema: JsonObject,
  transform: (schema: JsonObject) => Record<string, unknown>,
): Record<string, unknown> | undefined {
  if (hasOpenObject(schema)) return undefined;
  try {
    return transform(schema);
  } catch {
    // The vendors' functions throw for what their strict mode lacks; the answer is validated here in any case.
    return undefined;
  }
}

function hasOpenObject(schema: Json): boolean {
  if (typeof schema !== 'object' || schema === null) return false;
  if (Array.isArray(schema)) return schema.some(hasOpenObject);
  return isOpenObject(schema as JsonObject) || Object.values(schema).some(hasOpenObject);
}

function isOpenObject({ type, properties, additionalProperties = false }: JsonObject): boolean {
  return type === 'object' && (properties === undefined || additionalProperties !== false);
}
