import type { Json, JsonObject, JsonSchema } from '../json.ts';

/** What the checker knows of a value's kind. `any`: nothing, so that only the run tells. Null may stand for any of them. */
export type Kind =
  'any' | 'null' | 'boolean' | 'integer' | 'number' | 'string' | 'list' | 'map' | 'optional' | 'timestamp' | 'duration';

/** The static type of an expression. For `optional`, the schema is that of the value inside. */
export interface StaticType {
  readonly kind: Kind;
  readonly schema: JsonSchema;
}

export const ANY: StaticType = { kind: 'any', schema: true };
export const NULL: StaticType = { kind: 'null', schema: { type: 'null' } };
export const BOOLEAN: StaticType = { kind: 'boolean', schema: { type: 'boolean' } };
export const INTEGER: StaticType = { kind: 'integer', schema: { type: 'integer' } };
export const NUMBER: StaticType = { kind: 'number', schema: { type: 'number' } };
export const STRING: StaticType = { kind: 'string', schema: { type: 'string' } };
export const TIMESTAMP: StaticType = { kind: 'timestamp', schema: { type: 'string', format: 'date-time' } };
export const DURATION: StaticType = { kind: 'duration', schema: { type: 'string' } };

const KINDS: Readonly<Record<string, Kind>> = {
  null: 'null',
  boolean: 'boolean',
  integer: 'integer',
  number: 'number',
  string: 'string',
  array: 'list',
  object: 'map',
};

/** The static type of values that a JSON Schema accepts. Unions, apart from "or null", are `any`. */
export function typeOf(schema: JsonSchema): StaticType {
  if (schema === true) return ANY;
  const members = unionOf(schema);
  if (members !== undefined) return joined(members.map((member) => typeOf(member)));
  const kind = kindNamed(schema['type']) ?? kindOfValues(schema) ?? kindOfShape(schema);
  return { kind: kind ?? 'any', schema };
}

export function listOf(item: StaticType): StaticType {
  const schema = item.kind === 'any' ? { type: 'array' } : { type: 'array', items: item.schema };
  return { kind: 'list', schema };
}

export function optionalOf(type: StaticType): StaticType {
  return { kind: 'optional', schema: type.schema };
}

/** The type of what is inside an optional; every other type as it is. */
export function contentOf(type: StaticType): StaticType {
  return type.kind === 'optional' ? typeOf(type.schema) : type;
}

/** The type of the items of a list, or of the keys of a map. */
export function itemOf(type: StaticType): StaticType {
  if (type.kind === 'map') return STRING;
  const { items, prefixItems } = keywordsOf(type);
  return type.kind !== 'list' || prefixItems !== undefined ? ANY : typeOf(asSchema(items) ?? true);
}

/** The type of a field; undefined when the schema rules it out. */
export function fieldOf(type: StaticType, name: string): StaticType | undefined {
  const own = fieldsOf(type).find(([field]) => field === name);
  if (own !== undefined) return typeOf(own[1]);
  const keywords = keywordsOf(type);
  if (OPENING.some((key) => keywords[key] !== undefined)) return ANY;
  const { properties, additionalProperties: others } = keywords;
  if (others === undefined) return properties === undefined ? ANY : undefined;
  const schema = asSchema(others);
  return schema === undefined ? undefined : typeOf(schema);
}

/** The declared fields of a map. */
export function fieldsOf(type: StaticType): (readonly [string, JsonSchema])[] {
  const { properties } = keywordsOf(type);
  if (!isObject(properties)) return [];
  return Object.entries(properties).map(([name, schema]) => [name, asSchema(schema) ?? true] as const);
}

/** The values that a schema lists, when all of them are known. */
export function choicesOf(type: StaticType): readonly Json[] | undefined {
  const { enum: choices, const: constant } = keywordsOf(type);
  if (constant !== undefined) return [constant];
  if (!Array.isArray(choices)) return undefined;
  const known = choices as readonly Json[];
  return known.some((choice) => typeof choice === 'string' && choice.includes('${{')) ? undefined : known;
}

/** The type of a value that is one of several. */
export function joined(types: readonly StaticType[]): StaticType {
  if (types.length === 0) return ANY;
  const some = types.filter(({ kind }) => kind !== 'null');
  const [first = NULL, ...rest] = some;
  const joinedType = rest.reduce(join, first);
  return some.length === types.length ||
    joinedType.kind === 'any' ||
    joinedType.kind === 'null' ||
    joinedType.kind === 'optional'
    ? joinedType
    : { kind: joinedType.kind, schema: { anyOf: [joinedType.schema, { type: 'null' }] } };
}

function join(left: StaticType, right: StaticType): StaticType {
  if (left.kind === right.kind) {
    if (JSON.stringify(left.schema) === JSON.stringify(right.schema)) return left;
    if (left.kind === 'list') return listOf(joined([itemOf(left), itemOf(right)]));
    if (left.kind === 'map') return joinMaps(left, right);
    return left.kind === 'optional' ? optionalOf(ANY) : ofKind(left.kind);
  }
  return isNumeric(left) && isNumeric(right) ? NUMBER : ANY;
}

/** A map that has the fields of both; a field that neither has is none. */
function joinMaps(left: StaticType, right: StaticType): StaticType {
  if (!isClosed(left) || !isClosed(right)) return ofKind('map');
  const fields = Map.groupBy([...fieldsOf(left), ...fieldsOf(right)], ([name]) => name);
  const properties = [...fields].map(([name, found]) => [name, joined(found.map(([, each]) => typeOf(each))).schema]);
  return { kind: 'map', schema: { type: 'object', properties: Object.fromEntries(properties) } };
}

/** All its fields are known. */
function isClosed(type: StaticType): boolean {
  const keywords = keywordsOf(type);
  const { properties, additionalProperties: others } = keywords;
  return isObject(properties) && (others ?? false) === false && OPENING.every((key) => keywords[key] === undefined);
}

export function isNumeric({ kind }: StaticType): boolean {
  return kind === 'integer' || kind === 'number';
}

/** What a static type is, for people. */
export function shownKind({ kind }: StaticType): string {
  return KIND_NAMES[kind];
}

const KIND_NAMES: Readonly<Record<Kind, string>> = {
  any: 'any value',
  null: 'null',
  boolean: 'a boolean',
  integer: 'a whole number',
  number: 'a number',
  string: 'text',
  list: 'a list',
  map: 'a map',
  optional: 'an optional value',
  timestamp: 'a timestamp',
  duration: 'a duration',
};

function ofKind(kind: Kind): StaticType {
  return [BOOLEAN, INTEGER, NUMBER, STRING].find((type) => type.kind === kind) ?? { kind, schema: { type: 'object' } };
}

function unionOf(schema: JsonObject): JsonSchema[] | undefined {
  const union = schema['anyOf'] ?? schema['oneOf'];
  if (schema['type'] !== undefined || !Array.isArray(union)) return undefined;
  return (union as readonly Json[]).map((member) => asSchema(member) ?? true);
}

function kindNamed(type: Json | undefined): Kind | undefined {
  if (typeof type === 'string') return KINDS[type];
  if (!Array.isArray(type)) return undefined;
  const names = (type as readonly Json[]).filter((name) => name !== 'null');
  if (names.length === 1) return kindNamed(names[0]);
  return names.length > 0 && names.every((name) => name === 'integer' || name === 'number') ? 'number' : 'any';
}

function kindOfValues(schema: JsonObject): Kind | undefined {
  const choices = choicesOf({ kind: 'any', schema });
  if (choices === undefined) return undefined;
  return joined(choices.map((choice) => typeOfConstant(choice))).kind;
}

/** The type of one known value. */
export function typeOfConstant(value: Json): StaticType {
  if (value === null) return NULL;
  if (typeof value === 'boolean') return BOOLEAN;
  if (typeof value === 'string') return STRING;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? INTEGER : NUMBER;
  return ofKind(Array.isArray(value) ? 'list' : 'map');
}

function kindOfShape(schema: JsonObject): Kind | undefined {
  if (schema['properties'] !== undefined) return 'map';
  return schema['items'] === undefined ? undefined : 'list';
}

/** Keywords that may allow fields which `properties` does not name. */
const OPENING = ['patternProperties', 'allOf', 'anyOf', 'oneOf', '$ref', 'if'];

/** Of a value that may be null besides, those of the value. */
function keywordsOf({ schema }: Pick<StaticType, 'schema'>): JsonObject {
  if (schema === true) return {};
  const [only, another] = (unionOf(schema) ?? []).filter((member) => typeOf(member).kind !== 'null');
  return only === undefined || another !== undefined ? schema : keywordsOf({ schema: only });
}

function asSchema(json: Json | undefined): JsonSchema | undefined {
  return json === true || isObject(json) ? json : undefined;
}

function isObject(json: Json | undefined): json is JsonObject {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}
