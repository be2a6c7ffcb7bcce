import { FILE_SCHEMAS } from '../file-ref.ts';
import type { JsonObject, JsonSchema } from '../json.ts';
import type { InputPlan } from '../plan.ts';
import { type Path, placeText, wrongValue } from '../problem.ts';
import type { InputSpec } from '../spec/input.ts';
import { unknownKey } from '../spec/sentence.ts';
import { checkSchema, type Draft } from './draft.ts';
import { fitProblems } from './fit.ts';

/** What an expression finds: an optional input that is not given is null. */
export function valueSchema(input: InputSpec): JsonSchema {
  return input.optional === true ? { anyOf: [schemaOf(input), { type: 'null' }] } : schemaOf(input);
}

export function planInputs(draft: Draft): Readonly<Record<string, InputPlan>> {
  const inputs = Object.entries(draft.spec.inputs ?? {});
  return Object.fromEntries(inputs.map(([name, input]) => [name, planInput(draft, ['inputs', name], input)]));
}

/** The JSON Schema of an input, without our own keys. */
function schemaOf(input: InputSpec): JsonObject {
  const files = filesOf(input);
  if (files !== undefined) return FILE_SCHEMAS[files];
  return Object.fromEntries(Object.entries(input).filter(([key]) => !OWN_KEYS.has(key))) as JsonObject;
}

const OWN_KEYS: ReadonlySet<string> = new Set(['default', 'optional', 'description']);

/** Whether an input is a file, or several; these are no types of JSON Schema. */
function filesOf({ type }: InputSpec): 'file' | 'files' | undefined {
  return type === 'file' || type === 'files' ? type : undefined;
}

/** The keys that an input has which is a file. */
const FILE_KEYS = ['type', 'description', 'optional'];

function planFiles(draft: Draft, path: Path, input: InputSpec): InputPlan {
  const others = Object.keys(input).filter((key) => !FILE_KEYS.includes(key) && !key.startsWith('x-'));
  draft.problems.push(...others.map((key) => unknownKey([...path, key], FILE_KEYS)));
  const { optional, description } = input;
  const files = filesOf(input);
  return {
    schema: schemaOf(input),
    ...(files && { files }),
    isRequired: optional !== true,
    default: null,
    ...(description === undefined ? {} : { description }),
  };
}

function planInput(draft: Draft, path: Path, input: InputSpec): InputPlan {
  if (filesOf(input) !== undefined) return planFiles(draft, path, input);
  const schema = schemaOf(input);
  const { default: fallback, optional, description } = input;
  if (checkSchema(draft, path, schema) && fallback !== undefined) {
    const place = [...path, 'default'];
    draft.problems.push(...fitProblems({ path: place, value: fallback, filledIn: true, schema }, draft.schemas));
  }
  if (fallback !== undefined && optional !== undefined) {
    const message = `Cannot use "optional" of ${placeText(path)}: it has a default, and so it may be left out anyway`;
    draft.problems.push(wrongValue('VALUE_INVALID', [...path, 'optional'], message));
  }
  return {
    schema,
    isRequired: fallback === undefined && optional !== true,
    default: fallback ?? null,
    ...(description === undefined ? {} : { description }),
  };
}
