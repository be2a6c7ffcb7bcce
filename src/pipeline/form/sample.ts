import { typeOf } from '../expression/types.ts';
import { formProblems } from '../form.ts';
import type { Json, JsonObject, JsonSchema } from '../json.ts';

/** What is longer is no example any more. */
const CHARACTERS_MAX = 200;
const ITEMS_MAX = 3;
const DEPTH_MAX = 4;

/** A small value that meets a form's JSON Schema, with what is required alone; undefined where none is found easily. */
export function formSample(schema: JsonSchema): Json | undefined {
  const sample = sampleOf(schema, DEPTH_MAX);
  const isSmall = JSON.stringify(sample).length <= CHARACTERS_MAX;
  return isSmall && formProblems(sample, schema).length === 0 ? sample : undefined;
}

function sampleOf(schema: JsonSchema, levels: number): Json {
  if (schema === true || levels === 0) return '…';
  const [first] = (schema['enum'] ?? []) as readonly Json[];
  const choice = schema['const'] ?? first;
  if (choice !== undefined) return choice;
  const [member] = (schema['anyOf'] ?? schema['oneOf'] ?? []) as readonly JsonSchema[];
  return member === undefined ? ofKind(schema, levels) : sampleOf(member, levels);
}

function ofKind(schema: JsonObject, levels: number): Json {
  switch (typeOf(schema).kind) {
    case 'null':
      return null;
    case 'boolean':
      return true;
    case 'integer':
    case 'number':
      return numberFor(schema);
    case 'list':
      return listFor(schema, levels);
    case 'map':
      return mapFor(schema, levels);
    default:
      return '…'.repeat(Math.min(Math.max(1, numberOf(schema['minLength']) ?? 1), CHARACTERS_MAX));
  }
}

/** Zero, or what is allowed next to it. */
function numberFor({ minimum, exclusiveMinimum, maximum, exclusiveMaximum }: JsonObject): number {
  const least = numberOf(minimum) ?? (numberOf(exclusiveMinimum) ?? -Infinity) + 1;
  const most = numberOf(maximum) ?? (numberOf(exclusiveMaximum) ?? Infinity) - 1;
  return Math.min(Math.max(0, least), most);
}

function numberOf(value: Json | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function listFor({ items, minItems }: JsonObject, levels: number): Json {
  const length = Math.min(numberOf(minItems) ?? 0, ITEMS_MAX);
  return Array.from({ length }, () => sampleOf((items ?? true) as JsonSchema, levels - 1));
}

function mapFor({ properties, required }: JsonObject, levels: number): Json {
  const fields = (properties ?? {}) as Readonly<Record<string, JsonSchema>>;
  const names = (required ?? []) as readonly string[];
  return Object.fromEntries(names.map((name) => [name, sampleOf(fields[name] ?? true, levels - 1)]));
}
