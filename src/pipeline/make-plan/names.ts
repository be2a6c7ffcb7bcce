import type { JsonSchema } from '../json.ts';
import type { PipelineSpec } from '../spec.ts';
import { compileTemplate } from '../template-compile.ts';
import { valueSchema } from './inputs.ts';

/** What every expression of a pipeline may read. */
export function namesOf({ inputs = {}, vars = {} }: PipelineSpec): Record<string, JsonSchema> {
  const names: Record<string, JsonSchema> = { ...RUN_NAMES };
  for (const [name, input] of Object.entries(inputs)) names[`inputs.${name}`] = valueSchema(input);
  for (const [name, value] of Object.entries(vars)) {
    names[`vars.${name}`] = compileTemplate(value, { schemas: {} }, { allowSecrets: false }).schema;
  }
  return names;
}

const RUN_NAMES: Readonly<Record<string, JsonSchema>> = {
  'run.id': { type: 'string' },
  'run.started_at': { type: 'string' },
  'run.cost_usd': { type: 'number' },
};
