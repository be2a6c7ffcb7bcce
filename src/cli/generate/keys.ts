import { z } from 'zod';
import type { Json, JsonObject } from '../../pipeline/json.ts';
import { code, inlineYaml, table } from './markdown.ts';
import { typeText } from './types.ts';

type Shape = Readonly<Record<string, z.ZodType>>;

/** A table of the keys of a map: what each is, stands for when it is missing, means, and looks like. */
export function keyTable({ shape }: { readonly shape: Shape }, keys: readonly string[] = Object.keys(shape)): string {
  const rows = keys.map((key) => keyRow(key, shape[key] as z.ZodType));
  return table(['key', 'type', 'default', 'meaning', 'example'], rows);
}

function keyRow(key: string, schema: z.ZodType): readonly string[] {
  const meta = schema.meta() as z.GlobalMeta & { readonly examples: readonly Json[] };
  const isRequired = !schema.safeParse(undefined).success;
  return [
    code(key),
    typeText(jsonSchemaOf(schema)),
    isRequired ? '**required**' : (meta.otherwise ?? 'none'),
    `${meta.description}${meta.expressions === true ? '. May hold expressions' : ''}`,
    meta.examples.map((example) => code(inlineYaml(example))).join(', '),
  ];
}

/** With names for those that have one; `$defs` are left out. */
function jsonSchemaOf(schema: z.ZodType): JsonObject {
  return z.toJSONSchema(schema, { io: 'input' }) as unknown as JsonObject;
}

/** A table of what a map takes. */
export function inputTable(schema: JsonObject): string {
  const required = (schema['required'] ?? []) as readonly string[];
  const rows = properties(schema).map(([key, property]) => {
    const byDefault = property.default === undefined ? 'none' : code(inlineYaml(property.default));
    const { otherwise = byDefault } = property;
    return [
      code(key),
      typeText(property),
      required.includes(key) ? '**required**' : otherwise,
      property.description ?? '',
    ];
  });
  return table(['key', 'type', 'default', 'meaning'], rows);
}

/** A table of what a map gives. */
export function outputTable(schema: JsonObject): string {
  const rows = properties(schema).map(([key, property]) => [code(key), typeText(property), property.description ?? '']);
  return table(['key', 'type', 'meaning'], rows);
}

/** `otherwise` says in words what stands in for a missing key. */
type Property = JsonObject & { readonly default?: Json; readonly description?: string; readonly otherwise?: string };

function properties(schema: JsonObject): readonly (readonly [string, Property])[] {
  return Object.entries(schema['properties'] as Readonly<Record<string, Property>>);
}
