import { jsonToText } from '../../src/pipeline/expression/value.ts';
import type { Json, JsonObject } from '../../src/pipeline/json.ts';
import { isMap } from '../../src/pipeline/problem.ts';
import type { KeptCall, Opening } from './transcript.ts';

/** Calls of tools through a structured answer, for models that cannot ask for them in any other way. */

/** So many calls may be asked for in one turn. */
export const CALLS_MAX = 16;

/** An answer is either calls or the answer itself; a server that keeps to the schema lets nothing else through. */
export function emulatedSchema({ tools, isOneByOne, outputSchema = { type: 'string' } }: Opening): JsonObject {
  const defs = new Map<string, JsonObject>();
  const calls = tools.map(({ tool, input }, index) => {
    const given = apart(forGrammar(input) as JsonObject, `input${index}`, defs);
    return objectOf({ tool: { const: tool }, input: given });
  });
  const items = calls.length === 1 ? (calls[0] as JsonObject) : { anyOf: calls };
  const forms = [
    objectOf({ calls: { type: 'array', items, minItems: 1, maxItems: isOneByOne === true ? 1 : CALLS_MAX } }),
    objectOf({ answer: apart(outputSchema, 'answer', defs) }),
  ];
  return { anyOf: forms, ...(defs.size === 0 ? {} : { $defs: Object.fromEntries(defs) }) };
}

function objectOf(properties: JsonObject): JsonObject {
  return { type: 'object', properties, required: Object.keys(properties), additionalProperties: false };
}

/** References in a schema begin at its root; one that has some is put where they still lead to what they mean. */
function apart(schema: JsonObject, name: string, defs: Map<string, JsonObject>): JsonObject {
  if (!JSON.stringify(schema).includes('"$ref":"#')) return schema;
  defs.set(name, moved(schema, `#/$defs/${name}`) as JsonObject);
  return { $ref: `#/$defs/${name}` };
}

function moved(schema: Json, root: string): Json {
  if (Array.isArray(schema)) return schema.map((item: Json) => moved(item, root));
  if (!isMap(schema)) return schema;
  const entries = Object.entries(schema).map(([key, value]) => {
    const isReference = key === '$ref' && typeof value === 'string' && value.startsWith('#');
    return [key, isReference ? `${root}${value.slice(1)}` : moved(value, root)] as const;
  });
  return Object.fromEntries(entries);
}

/**
 * Not every server's grammar knows regular expressions, nor remarks for people beside no type; each input is held
 * against its whole schema afterwards.
 */
function forGrammar(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map((item: Json) => forGrammar(item));
  if (!isMap(schema)) return schema;
  const entries = Object.entries(schema).flatMap(([key, value]) => {
    if (LEFT_OUT.has(key)) return [];
    if (key !== 'properties' || !isMap(value)) return [[key, forGrammar(value)] as const];
    const fields = Object.entries(value).map(([name, field]) => [name, forGrammar(field)] as const);
    return [[key, Object.fromEntries(fields)] as const];
  });
  return Object.fromEntries(entries);
}

const LEFT_OUT: ReadonlySet<string> = new Set(
  '$schema $comment title description default examples deprecated readOnly writeOnly pattern propertyNames format'.split(
    ' ',
  ),
);

/** What a model is told of its tools. */
export function emulationInWords({ tools }: Opening): string {
  const list = tools.map(({ tool, description, input }) => `- ${tool}: ${description} Input: ${JSON.stringify(input)}`);
  return [
    'You may call tools before you answer. Reply with one JSON value, either',
    '{"calls":[{"tool":"NAME","input":INPUT}]} to call tools, or {"answer":ANSWER} to answer.',
    'The tools are:',
    ...list,
  ].join('\n');
}

/** What a model asked for, as it would have written it. */
export function callsText(calls: readonly KeptCall[]): string {
  return JSON.stringify({ calls: calls.map(({ tool, input }) => ({ tool, input })) });
}

/** Either calls or an answer; undefined when a value is neither. */
export function readEmulated(
  value: Json,
  turn: number,
): { readonly calls: readonly KeptCall[] } | { readonly answer: Json } | undefined {
  if (!isMap(value)) return undefined;
  const { calls, answer } = value;
  if (Array.isArray(calls) && calls.length > 0 && calls.every(isMap)) {
    return {
      calls: calls.map(({ tool = null, input = {} }, index) => ({
        id: `call-${turn}-${index}`,
        tool: jsonToText(tool),
        input,
      })),
    };
  }
  return answer === undefined ? undefined : { answer };
}
