import type { JsonSchema } from '../json.ts';
import type { StepSpec } from '../spec.ts';

/** What may be read of a step besides its output, which is often known only when it has been compiled. */
export function fieldsOf(step: StepSpec): readonly (readonly [string, JsonSchema])[] {
  return step.for_each === undefined ? fieldsOfOne(step) : [...STEP_FIELDS, ['items', ITEMS]];
}

/** What may be read of one item of a step; of the whole step when it has none. */
export function fieldsOfOne(step: StepSpec): readonly (readonly [string, JsonSchema])[] {
  return [
    ...STEP_FIELDS,
    ...('switch' in step ? ([['case', { enum: caseNames(step) }]] as const) : []),
    ...(step.repeat === undefined ? [] : ROUND_FIELDS),
  ];
}

function caseNames({ cases, default: otherCase }: Extract<StepSpec, { switch: unknown }>): readonly string[] {
  return [...Object.keys(cases), ...(otherCase === undefined ? [] : ['default'])];
}

/** Lets `steps.draft.status` and so on be read; `prefix` is `steps.draft` or `previous.draft`. */
export function addStepNames(
  names: Record<string, JsonSchema>,
  prefix: string,
  { fields, output = true }: { fields: ReturnType<typeof fieldsOf>; output?: JsonSchema | undefined },
): void {
  for (const [field, schema] of fields) names[`${prefix}.${field}`] = schema;
  names[`${prefix}.output`] = output;
}

const STRING: JsonSchema = { type: 'string' };
const COUNT: JsonSchema = { type: 'integer' };

export function mapOf(properties: Readonly<Record<string, JsonSchema>>): JsonSchema {
  return { type: 'object', properties, additionalProperties: false };
}

const NUMBER: JsonSchema = { type: 'number' };
const VERDICT = mapOf({
  check: STRING,
  passed: { type: 'boolean' },
  score: NUMBER,
  reason: STRING,
  agreement: NUMBER,
  votes: { type: 'array', items: mapOf({ model: STRING, score: NUMBER, reason: STRING }) },
  quotes: { type: 'array', items: mapOf({ claim: STRING, quote: STRING, source: { type: ['integer', 'null'] } }) },
});
const STATUS: JsonSchema = { enum: ['done', 'failed', 'skipped', 'cancelled'] };
const ERROR = mapOf({ code: STRING, message: STRING, attempts: COUNT });
const USAGE = mapOf({ input_tokens: COUNT, output_tokens: COUNT, cached_input_tokens: COUNT });

const STEP_FIELDS: readonly (readonly [string, JsonSchema])[] = [
  ['output', true],
  ['status', STATUS],
  ['error', ERROR],
  ['model', STRING],
  ['usage', USAGE],
  ['cost_usd', { type: 'number' }],
  ['attempts', COUNT],
  ['checks', { type: 'array', items: VERDICT }],
];

const ITEMS: JsonSchema = { type: 'array', items: mapOf({ status: STATUS, error: ERROR, usage: USAGE }) };

const ROUND_FIELDS: readonly (readonly [string, JsonSchema])[] = [
  ['rounds', COUNT],
  ['stopped', { enum: ['until', 'max'] }],
];

/** Those that can be read of a step however it ended. */
export const TOLERANT_FIELDS: ReadonlySet<string> = new Set(['status', 'error']);
