import type { Json, JsonObject } from '../../src/pipeline/json.ts';
import { isMap } from '../../src/pipeline/problem.ts';

/** A grammar that repeats something more often is refused, and takes Ollama's runner with it. */
const REPETITIONS_MAX = 2000;

/**
 * The schema as servers of one's own make a grammar of it. What their grammars have no words for, they refuse or die
 * of, so it is left out; every answer is held against its whole schema afterwards.
 */
export function grammarSchema(schema: JsonObject): JsonObject {
  return loosened(schema, 'schema') as JsonObject;
}

/** What stands behind a keyword: a schema, a list of them, a map of them, or a value that is none. */
type Role = 'schema' | 'list' | 'map' | 'value';

const ROLES: Readonly<Record<string, Role>> = {
  anyOf: 'list',
  oneOf: 'list',
  allOf: 'list',
  prefixItems: 'list',
  properties: 'map',
  $defs: 'map',
  definitions: 'map',
  items: 'schema',
};

/** A schema with none of these says nothing that a grammar is made of. */
const TELLING = 'type enum const anyOf oneOf allOf $ref properties additionalProperties items prefixItems'.split(' ');

function loosened(value: Json, role: Role): Json {
  switch (role) {
    case 'value':
      return value;
    case 'list':
      return Array.isArray(value) ? value.map((each: Json) => loosened(each, 'schema')) : value;
    case 'map':
      return isMap(value) ? mapped(value, (each) => loosened(each, 'schema')) : value;
    case 'schema':
      return isMap(value) ? loosenedSchema(value) : {};
  }
}

function loosenedSchema(schema: Readonly<Record<string, Json>>): JsonObject {
  const kept = Object.fromEntries(Object.entries(schema).filter(([key, value]) => !isTooMuch(key, value, schema)));
  if (!TELLING.some((key) => Object.hasOwn(kept, key))) return {};
  const { additionalProperties, ...others } = kept;
  const more = isMap(additionalProperties) ? loosenedSchema(additionalProperties) : additionalProperties;
  return {
    ...mapped(others, (value, key) => loosened(value, ROLES[key] ?? 'value')),
    ...(more === undefined ? {} : { additionalProperties: more }),
  };
}

const BOUNDS = [
  ['minLength', 'maxLength'],
  ['minItems', 'maxItems'],
] as const;

function isTooMuch(key: string, value: Json, schema: Readonly<Record<string, Json>>): boolean {
  if (key === 'not') return true;
  if (key === 'pattern') return !isPlainPattern(value as string);
  if (key === '$ref') return !(value as string).startsWith('#/');
  const bounds = BOUNDS.find((pair) => pair.some((name) => name === key));
  if (bounds === undefined) return false;
  const [least, most] = bounds.map((name) => schema[name]);
  return Number(value) > REPETITIONS_MAX || Number(least ?? 0) > Number(most ?? Infinity);
}

/** Letters, digits and classes of them, each of which may be repeated. */
const PLAIN_PATTERN = /^\^(?:(?:[\w :,-]|\[(?:a-z|A-Z|0-9|[\w :,.])+-?\])(?:[*+?]|\{\d{1,3}(?:,|,\d{1,3})?\})?)*\$$/;

function isPlainPattern(pattern: string): boolean {
  const bounds = [...pattern.matchAll(/\{(\d+),(\d+)\}/g)];
  return PLAIN_PATTERN.test(pattern) && bounds.every(([, least, most]) => Number(least) <= Number(most));
}

function mapped(
  map: Readonly<Record<string, Json>>,
  change: (value: Json, key: string) => Json,
): Readonly<Record<string, Json>> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value, key)]));
}
