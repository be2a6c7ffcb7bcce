import { BOUNDS } from './form/bounds.ts';
import { isOfType, wantedText } from './form/wanted.ts';
import { type Json, type JsonObject, type JsonSchema, canonicalJson } from './json.ts';
import { DEPTH_MAX } from './plain-json.ts';
import { isMap, valueText } from './problem.ts';

/** How many values and keywords one check may look at. */
export const FORM_WORK_MAX = 100_000;
/** More problems than this help nobody. */
const PROBLEMS_MAX = 10;

/**
 * What is wrong with a filled-in form or the payload of an event, a sentence each; nothing when it meets its JSON
 * Schema. It generates no code, so that a workflow can use it, and ends soon whatever it is given. A keyword that is
 * not in `FORM_KEYWORDS` means nothing here: no plan is made with one.
 */
export function formProblems(value: Json, schema: JsonSchema): readonly string[] {
  if (isDeeper(value, DEPTH_MAX)) return [`the value is nested more than ${DEPTH_MAX} deep`];
  const meter = { left: FORM_WORK_MAX };
  const problems = problemsAt({ value, path: '', meter }, schema);
  return meter.left < 0 ? ['the value is too large to be checked'] : [...new Set(problems)].slice(0, PROBLEMS_MAX);
}

function isDeeper(value: Json, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner: Json) => isDeeper(inner, levels - 1));
}

/** A value, and where it stands in the form: `address.lines[0]`. */
interface At<V extends Json = Json> {
  readonly value: V;
  readonly path: string;
  readonly meter: { left: number };
}

function problemsAt(at: At, schema: Json): readonly string[] {
  if (!isMap(schema)) return schema === false ? [`${placeOf(at.path)} is not allowed`] : [];
  return Object.entries(schema).flatMap(([keyword, wanted]) => {
    const rule = spend(at, 1 + lengthOf(wanted) + lengthOf(at.value)) ? RULES.get(keyword) : undefined;
    return rule === undefined ? [] : rule(at, wanted, schema);
  });
}

/** False when the check has to stop. */
function spend({ meter }: At, work: number): boolean {
  meter.left -= work;
  return meter.left >= 0;
}

/** About how many things a rule may have to go through. */
function lengthOf(value: Json): number {
  if (typeof value === 'string') return value.length >> 6;
  return typeof value === 'object' && value !== null ? Object.keys(value).length : 0;
}

function inside({ path, meter }: At, key: string | number, value: Json): At {
  return { value, path: join(path, key), meter };
}

function join(path: string, key: string | number): string {
  if (typeof key === 'number') return `${path}[${key}]`;
  return path === '' ? key : `${path}.${key}`;
}

function placeOf(path: string): string {
  return path === '' ? 'the value' : valueText(path);
}

function mismatch(at: At, wanted: string): string {
  return `${isText(at)}, ${wanted} is needed`;
}

function isText({ path, value }: At): string {
  return `${placeOf(path)} is ${value === null ? 'null' : valueText(value)}`;
}

/** What one keyword finds wrong. `wanted` stands behind the keyword, `schema` is all around it. */
type Rule<V extends Json = Json> = (at: At<V>, wanted: Json, schema: JsonObject) => readonly string[];

/** A rule about a value as a whole: one sentence says everything that the schema wants of it. */
function whole(holds: (at: At, wanted: Json) => boolean): Rule {
  return (at, wanted, schema) => (holds(at, wanted) ? [] : [mismatch(at, wantedText(schema))]);
}

/** A rule that lets everything pass but a map, or but a list. */
function ofMap(rule: Rule<JsonObject>): Rule {
  return (at, wanted, schema) => (isMap(at.value) ? rule({ ...at, value: at.value }, wanted, schema) : []);
}

function ofList(rule: Rule<readonly Json[]>): Rule {
  return (at, wanted, schema) => (Array.isArray(at.value) ? rule({ ...at, value: at.value }, wanted, schema) : []);
}

const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['type', whole(({ value }, type) => isOfType(value, type))],
  ['enum', whole((at, values) => isAmong(at, values as readonly Json[]))],
  ['const', whole((at, value) => isAmong(at, [value]))],
  ...Object.entries(BOUNDS).map(([keyword, holds]): [string, Rule] => {
    return [keyword, whole(({ value }, limit) => holds(value, limit as number))];
  }),
  ['required', ofMap((at, keys) => missing(at, keys as readonly string[]))],
  ['dependentRequired', ofMap(missingBeside)],
  ['properties', ofMap(inDeclared)],
  ['additionalProperties', ofMap(inOthers)],
  ['prefixItems', ofList(inFirst)],
  ['items', ofList(inRest)],
  ['uniqueItems', ofList((at, isWanted) => (isWanted === true ? repeated(at) : []))],
  ['allOf', (at, schemas) => tried(at, schemas).flat()],
  ['anyOf', (at, schemas) => noneOf(at, schemas as readonly Json[], tried(at, schemas))],
  ['oneOf', notOneOf],
  ['not', (at, inner) => (problemsAt(at, inner).length === 0 ? [`${isText(at)}, which is not allowed`] : [])],
  ['if', inBranch],
]);

/** Every keyword that acts; `then` and `else` act through `if`. */
export const FORM_KEYWORDS: ReadonlySet<string> = new Set([...RULES.keys(), 'then', 'else']);

/** Whether a value is one of several, in whatever order the keys of its maps are. */
function isAmong(at: At, values: readonly Json[]): boolean {
  if (typeof at.value !== 'object') return values.includes(at.value);
  const text = textOf(at, at.value);
  return values.some((value) => textOf(at, value) === text);
}

/** Equal values have equal texts. */
function textOf(at: At, value: Json): string {
  const text = canonicalJson(value);
  spend(at, Math.ceil(text.length / 10));
  return text;
}

function missing({ path, value }: At<JsonObject>, keys: readonly string[], because = ''): readonly string[] {
  return keys
    .filter((key) => !Object.hasOwn(value, key))
    .map((key) => `${placeOf(join(path, key))} is missing${because}`);
}

function missingBeside(at: At<JsonObject>, dependents: Json): readonly string[] {
  return Object.entries(dependents as Readonly<Record<string, readonly string[]>>).flatMap(([key, keys]) => {
    if (!Object.hasOwn(at.value, key)) return [];
    return missing(at, keys, `: ${placeOf(join(at.path, key))} needs it`);
  });
}

function inDeclared(at: At<JsonObject>, schemas: Json): readonly string[] {
  return Object.entries(schemas as JsonObject).flatMap(([key, inner]) => {
    return Object.hasOwn(at.value, key) ? problemsAt(inside(at, key, at.value[key] as Json), inner) : [];
  });
}

function inOthers(at: At<JsonObject>, inner: Json, { properties = {} }: JsonObject): readonly string[] {
  return Object.entries(at.value).flatMap(([key, value]) => {
    return Object.hasOwn(properties as JsonObject, key) ? [] : problemsAt(inside(at, key, value), inner);
  });
}

function inFirst(at: At<readonly Json[]>, schemas: Json): readonly string[] {
  return at.value
    .slice(0, (schemas as readonly Json[]).length)
    .flatMap((value, index) => problemsAt(inside(at, index, value), (schemas as readonly Json[])[index] as Json));
}

function inRest(at: At<readonly Json[]>, inner: Json, { prefixItems = [] }: JsonObject): readonly string[] {
  return at.value.flatMap((value, index) => {
    return index < (prefixItems as readonly Json[]).length ? [] : problemsAt(inside(at, index, value), inner);
  });
}

function repeated(at: At<readonly Json[]>): readonly string[] {
  const seen = new Map<string, string>();
  return at.value.flatMap((value, index) => {
    const [text, place] = [textOf(at, value), placeOf(join(at.path, index))];
    const before = seen.get(text);
    if (before === undefined) seen.set(text, place);
    return before === undefined ? [] : [`${place} is the same as ${before}, different items are needed`];
  });
}

/** What is wrong with a value under each of several schemas. */
function tried(at: At, schemas: Json): readonly (readonly string[])[] {
  return (schemas as readonly Json[]).map((inner) => problemsAt(at, inner));
}

function notOneOf(at: At, schemas: Json): readonly string[] {
  const problems = tried(at, schemas);
  const count = problems.filter((found) => found.length === 0).length;
  if (count > 1) return [`${placeOf(at.path)} fits ${count} of the forms that it may have, exactly one is needed`];
  return noneOf(at, schemas as readonly Json[], problems);
}

/** When a value has the type of only one of several forms, that one was meant. */
function noneOf(at: At, schemas: readonly Json[], problems: readonly (readonly string[])[]): readonly string[] {
  if (problems.some((found) => found.length === 0)) return [];
  const meant = problems.filter((_, index) => isMeant(at.value, schemas[index] as Json));
  if (meant.length === 1) return meant.flat();
  const forms = schemas.map((inner) => (isMap(inner) ? wantedText(inner) : ''));
  return [mismatch(at, forms.includes('') ? 'another form' : [...new Set(forms)].join(' or '))];
}

function isMeant(value: Json, schema: Json): boolean {
  return isMap(schema) && schema['type'] !== undefined && isOfType(value, schema['type']);
}

function inBranch(at: At, condition: Json, { then = true, else: otherwise = true }: JsonObject): readonly string[] {
  return problemsAt(at, problemsAt(at, condition).length === 0 ? then : otherwise);
}
