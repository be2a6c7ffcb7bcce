import { FORM_KEYWORDS } from '../form.ts';
import type { Json } from '../json.ts';
import { type Path, isMap, valueText } from '../problem.ts';
import { similarNames } from '../suggestion.ts';

/** A word in a JSON Schema that means nothing, as the second half of a sentence, and where it stands. */
export interface SchemaFault {
  readonly path: Path;
  readonly at: 'key' | 'value';
  readonly message: string;
}

/** Keywords, types and formats that JSON Schema does not know. It would pass over them; a typing error must not be. */
export function unknownWords(schema: Json): readonly SchemaFault[] {
  return [...keywordsIn(schema, [])].flatMap(({ name, value, path }) => {
    if (KEYWORDS.has(name)) return wordFaults(name, value, path);
    return [unknown({ word: name, path, at: 'key' }, [...KEYWORDS.keys()])];
  });
}

/** Keywords that JSON Schema knows, and the run does not when it checks what people and events say. */
export function wordsOutsideForms(schema: Json): readonly SchemaFault[] {
  const allowed = [...FORM_KEYWORDS].join(', ');
  return [...keywordsIn(schema, [])]
    .filter(({ name }) => !FORM_KEYWORDS.has(name) && !REMARKS.has(name))
    .map(({ name, path }) => ({ path, at: 'key', message: `"${name}" cannot be used here, allowed are ${allowed}` }));
}

interface Keyword {
  readonly name: string;
  readonly value: Json;
  readonly path: Path;
}

function* keywordsIn(schema: Json, path: Path): Generator<Keyword> {
  if (!isMap(schema)) return;
  for (const [name, value] of Object.entries(schema)) {
    const place = [...path, name];
    yield { name, value, path: place };
    for (const [key, inner] of schemasBehind(KEYWORDS.get(name), value)) yield* keywordsIn(inner, [...place, ...key]);
  }
}

/** What stands behind a keyword. */
type Form = 'value' | 'schema' | 'list of schemas' | 'map of schemas';

function schemasBehind(form: Form | undefined, value: Json): readonly (readonly [key: Path, schema: Json])[] {
  if (form === 'schema') return [[[], value]];
  if (form === 'list of schemas' && Array.isArray(value)) return value.map((item: Json, index) => [[index], item]);
  if (form === 'map of schemas' && isMap(value)) return Object.entries(value).map(([key, item]) => [[key], item]);
  return [];
}

function wordFaults(keyword: string, value: Json, path: Path): readonly SchemaFault[] {
  const allowed = keyword === 'type' ? TYPES : keyword === 'format' ? FORMATS : undefined;
  if (allowed === undefined) return [];
  return [value]
    .flat()
    .filter((word) => typeof word === 'string' && !allowed.includes(word))
    .map((word) => unknown({ word: word as string, path, at: 'value' }, allowed));
}

function unknown(
  { word, path, at }: { word: string; path: Path; at: 'key' | 'value' },
  allowed: readonly string[],
): SchemaFault {
  const noun = at === 'key' ? 'keyword' : path.at(-1);
  const [similar] = similarNames(word, allowed);
  const list = allowed.length > TYPES.length ? '' : `, allowed are ${allowed.join(', ')}`;
  const hint = similar === undefined ? list : `: did you mean "${similar}"?`;
  return { path, at, message: `there is no ${noun} ${valueText(word)}${hint}` };
}

const TYPES = ['string', 'number', 'integer', 'boolean', 'object', 'array', 'null'];

/** Those that are checked: of `ajv-formats`. */
const FORMATS =
  words(`date time date-time iso-time iso-date-time duration uri uri-reference uri-template url email hostname
  ipv4 ipv6 regex uuid json-pointer json-pointer-uri-fragment relative-json-pointer byte int32 int64 float double password binary`);

const KEYWORDS: ReadonlyMap<string, Form> = new Map([
  ...words(`$schema $id $anchor $ref $dynamicRef $dynamicAnchor $comment type enum const multipleOf maximum minimum
    exclusiveMaximum exclusiveMinimum maxLength minLength pattern maxItems minItems uniqueItems maxContains minContains
    maxProperties minProperties required dependentRequired format contentEncoding contentMediaType title description
    default deprecated readOnly writeOnly examples`).map((word) => [word, 'value'] as const),
  ...words(`items additionalProperties not if then else contains propertyNames unevaluatedItems unevaluatedProperties
    contentSchema`).map((word) => [word, 'schema'] as const),
  ...words('allOf anyOf oneOf prefixItems').map((word) => [word, 'list of schemas'] as const),
  ...words('$defs definitions properties patternProperties dependentSchemas').map(
    (word) => [word, 'map of schemas'] as const,
  ),
]);

/** Keywords that say something to people, and nothing to a check. */
const REMARKS: ReadonlySet<string> = new Set(
  words('$schema $comment title description default deprecated readOnly writeOnly examples'),
);

function words(text: string): readonly string[] {
  return text.split(/\s+/);
}
