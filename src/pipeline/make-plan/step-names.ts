import type { JsonSchema } from '../json.ts';

/** Adds what may be read of a step. What it gives is often filled in later, when it has been compiled. */
export function addStepNames(names: Record<string, JsonSchema>, step: string, output: JsonSchema = true): void {
  for (const [field, schema] of STEP_NAMES) names[`${step}.${field}`] = schema;
  names[`${step}.output`] = output;
}

const STRING: JsonSchema = { type: 'string' };
const COUNT: JsonSchema = { type: 'integer' };

export function mapOf(properties: Readonly<Record<string, JsonSchema>>): JsonSchema {
  return { type: 'object', properties, additionalProperties: false };
}

const VERDICT = mapOf({ check: STRING, passed: { type: 'boolean' }, score: { type: 'number' }, reason: STRING });

const STEP_NAMES: readonly (readonly [string, JsonSchema])[] = [
  ['output', true],
  ['status', { enum: ['done', 'failed', 'skipped', 'cancelled'] }],
  ['error', mapOf({ code: STRING, message: STRING, attempts: COUNT })],
  ['model', STRING],
  ['usage', mapOf({ input_tokens: COUNT, output_tokens: COUNT, cached_input_tokens: COUNT })],
  ['cost_usd', { type: 'number' }],
  ['attempts', COUNT],
  ['checks', { type: 'array', items: VERDICT }],
];

/** Those that can be read of a step however it ended. */
export const TOLERANT_FIELDS: ReadonlySet<string> = new Set(['status', 'error']);
