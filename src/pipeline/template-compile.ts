import type { ErrorCode } from '../errors.ts';
import { checkExpression } from './expression-check.ts';
import { type Names, isRoot } from './expression/names.ts';
import { joined, listOf, typeOf, typeOfConstant } from './expression/types.ts';
import type { Json, JsonObject, JsonSchema } from './json.ts';
import type { Template, TextPart } from './plan.ts';
import { splitTemplate } from './template-split.ts';

/** One thing that is wrong in a value with expressions. */
export interface TemplateProblem {
  /** Keys and indices from the value down to the text. */
  readonly path: readonly (string | number)[];
  /** Where in that text, in characters from 0. */
  readonly offset: number;
  readonly code: ErrorCode;
  /** Why, as the second half of a sentence. */
  readonly message: string;
}

export interface CompiledTemplate {
  readonly template: Template;
  /** The best that is known of the filled-in value; `true` when only the run tells. */
  readonly schema: JsonSchema;
  readonly problems: readonly TemplateProblem[];
}

export interface CompileOptions {
  /** Secrets may stand in tools' inputs and in configuration only. */
  readonly allowSecrets: boolean;
}

/** Compiles every text of a JSON value. Parts without expressions collapse to literals. */
export function compileTemplate(value: Json, names: Names, options: CompileOptions): CompiledTemplate {
  const problems: TemplateProblem[] = [];
  const { template, schema } = compileValue(value, { names, options, problems, path: [] });
  return { template, schema, problems };
}

interface Place {
  readonly names: Names;
  readonly options: CompileOptions;
  readonly problems: TemplateProblem[];
  readonly path: readonly (string | number)[];
}

interface Part {
  readonly template: Template;
  readonly schema: JsonSchema;
}

function compileValue(value: Json, place: Place): Part {
  if (typeof value === 'string') return compileText(value, place);
  if (value === null || typeof value !== 'object') return literal(value);
  return Array.isArray(value) ? compileList(value as readonly Json[], place) : compileMap(value as JsonObject, place);
}

/** What is written in the file may be edited: its type is known to the checker, its value is not. */
function literal(value: Json, schema: JsonSchema = typeOfConstant(value).schema): Part {
  return { template: { kind: 'literal', value }, schema };
}

function compileList(list: readonly Json[], place: Place): Part {
  const parts = list.map((item, index) => compileValue(item, { ...place, path: [...place.path, index] }));
  const items = parts.map(({ template }) => template);
  const { schema } = listOf(joined(parts.map((part) => typeOf(part.schema))));
  if (!items.every((item) => item.kind === 'literal')) return { template: { kind: 'list', items }, schema };
  const values = items.map((item) => item.value);
  return literal(values, schema);
}

function compileMap(map: JsonObject, place: Place): Part {
  const parts = Object.entries(map).map(([key, value]) => {
    const path = [...place.path, key];
    refuseInKey(key, { ...place, path });
    return [key, compileValue(value, { ...place, path })] as const;
  });
  const properties = Object.fromEntries(parts.map(([key, part]) => [key, part.schema]));
  const schema = { type: 'object', properties, additionalProperties: false };
  const literals = parts.flatMap(([key, { template }]) =>
    template.kind === 'literal' ? [[key, template.value] as const] : [],
  );
  if (literals.length === parts.length) return literal(Object.fromEntries(literals), schema);
  const entries = Object.fromEntries(parts.map(([key, { template }]) => [key, template]));
  return { template: { kind: 'map', entries }, schema };
}

function refuseInKey(key: string, place: Place): void {
  if (!key.includes('${{')) return;
  report(place, {
    code: 'EXPRESSION_MISPLACED',
    message: 'a key cannot hold an expression, only a value can',
    offset: 0,
  });
}

function compileText(text: string, place: Place): Part {
  const holes = splitTemplate(text).map((piece): Hole => {
    if (piece.kind === 'expression') return compileHole(piece.source, piece.offset, place);
    if (piece.kind === 'text') refuseUnmarked(piece.text, piece.offset, place);
    else report(place, { code: 'EXPRESSION_SYNTAX', message: piece.message, offset: piece.offset });
    return { part: { kind: 'text', text: piece.kind === 'text' ? piece.text : '' }, schema: { type: 'string' } };
  });
  const [only] = holes;
  if (only !== undefined && holes.length === 1 && only.part.kind !== 'text')
    return { template: only.part, schema: only.schema };
  const parts = holes.map(({ part }) => part);
  if (!parts.every((part) => part.kind === 'text'))
    return { template: { kind: 'text', parts }, schema: { type: 'string' } };
  return literal(parts.map((part) => part.text).join(''));
}

interface Hole {
  readonly part: TextPart;
  readonly schema: JsonSchema;
}

const SECRET = /^\s*secrets\.([A-Za-z_][A-Za-z0-9_]*)\s*$/;

function compileHole(source: string, offset: number, place: Place): Hole {
  const [, name] = SECRET.exec(source) ?? [];
  if (name !== undefined) return secretHole(name, offset, place);
  const checked = checkExpression(source, place.names);
  if (checked.ok) return { part: { kind: 'expression', expression: checked.expression }, schema: checked.schema };
  report(place, { code: checked.code, message: checked.message, offset: offset + checked.offset });
  return { part: { kind: 'text', text: '' }, schema: true };
}

function secretHole(name: string, offset: number, place: Place): Hole {
  if (!place.options.allowSecrets) {
    const message = `the secret "${name}" cannot stand here: only what is given to a tool may hold secrets`;
    report(place, { code: 'SECRET_MISPLACED', message, offset });
  }
  return { part: { kind: 'secret', name }, schema: { type: 'string' } };
}

/** `{{ inputs.ticket }}`: other languages' way of marking an expression, which would be left as text here. */
function refuseUnmarked(text: string, offset: number, place: Place): void {
  for (const found of text.matchAll(UNMARKED)) {
    const [braces, root] = found as unknown as [string, string];
    if (!isRoot(root, place.names)) continue;
    const message = `"${braces}" is only text without a "$": say "\${{ ${braces.slice(2, -2).trim()} }}"`;
    report(place, { code: 'EXPRESSION_MISPLACED', message, offset: offset + found.index });
  }
}

const UNMARKED = /(?<!\$)\{\{\s*([a-z_]+)[.[][^{}]*\}\}/g;

function report({ problems, path }: Place, problem: Omit<TemplateProblem, 'path'>): void {
  problems.push({ path, ...problem });
}
