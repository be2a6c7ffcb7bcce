import type { JsonSchema } from '../json.ts';
import type { PipelineSpec } from '../spec.ts';
import { compileTemplate } from '../template-compile.ts';
import { valueSchema } from './inputs.ts';

/** What expressions may read. What the steps give is filled in later, when they have been compiled. */
export function namesOf({ inputs = {}, vars = {}, steps }: PipelineSpec): Record<string, JsonSchema> {
  const names: Record<string, JsonSchema> = { ...RUN_NAMES };
  for (const [name, input] of Object.entries(inputs)) names[`inputs.${name}`] = valueSchema(input);
  for (const [name, value] of Object.entries(vars)) {
    names[`vars.${name}`] = compileTemplate(value, {}, { allowSecrets: false }).schema;
  }
  for (const id of Object.keys(steps)) {
    for (const [field, schema] of STEP_NAMES) names[`steps.${id}.${field}`] = schema;
  }
  return names;
}

const STRING: JsonSchema = { type: 'string' };
const COUNT: JsonSchema = { type: 'integer' };

const RUN_NAMES: Readonly<Record<string, JsonSchema>> = {
  'run.id': STRING,
  'run.started_at': STRING,
  'run.cost_usd': { type: 'number' },
};

function mapOf(properties: Readonly<Record<string, JsonSchema>>): JsonSchema {
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
