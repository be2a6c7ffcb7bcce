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
export function unknownWords(schema: Json, path: Path = []): readonly SchemaFault[] {
  if (!isMap(schema)) return [];
  return Object.entries(schema).flatMap(([keyword, value]) => {
    const inner = [...path, keyword];
    const form = KEYWORDS.get(keyword);
    if (form === undefined) return [unknown({ word: keyword, path: inner, at: 'key' }, [...KEYWORDS.keys()])];
    return [...wordFaults(keyword, value, inner), ...innerFaults(form, value, inner)];
  });
}

/** What stands behind a keyword. */
type Form = 'value' | 'schema' | 'list of schemas' | 'map of schemas';

function innerFaults(form: Form, value: Json, path: Path): readonly SchemaFault[] {
  switch (form) {
    case 'value':
      return [];
    case 'schema':
      return unknownWords(value, path);
    case 'list of schemas':
      return Array.isArray(value) ? value.flatMap((item: Json, index) => unknownWords(item, [...path, index])) : [];
    case 'map of schemas':
      return isMap(value) ? Object.entries(value).flatMap(([key, item]) => unknownWords(item, [...path, key])) : [];
  }
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

function words(text: string): readonly string[] {
  return text.split(/\s+/);
}
