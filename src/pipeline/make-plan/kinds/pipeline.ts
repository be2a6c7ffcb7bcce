import type { JsonSchema } from '../../json.ts';
import type { Plan, Template } from '../../plan.ts';
import type { PipelineStepSpec } from '../../spec/kinds/pipeline.ts';
import { compileAt } from '../draft.ts';
import { checkGivenInputs } from '../given-inputs.ts';
import type { Kind } from '../kind.ts';

export const pipelineKind: Kind<PipelineStepSpec> = {
  attempts: 1,
  known: () => undefined,
  plan(draft, path, { pipeline, with: given = {} }) {
    const compiled = Object.entries(given).map(([name, value]) => {
      return [name, compileAt(draft, { path: [...path, 'with', name], value })] as const;
    });
    const values = Object.fromEntries(compiled.map(([name, { template }]): [string, Template] => [name, template]));
    const filledIn = Object.fromEntries(compiled.map(([name, { schema }]): [string, JsonSchema] => [name, schema]));
    const child = draft.planChild([...path, 'pipeline'], pipeline);
    if (child === undefined) return { fields: { kind: 'pipeline', plan: NO_PLAN, with: values }, output: true };
    checkGivenInputs(draft, { path: [...path, 'with'], value: given, filledIn, inputs: child.plan.inputs });
    return { fields: { kind: 'pipeline', plan: child.plan, with: values }, output: child.output };
  },
};

/** In a plan that is refused. */
const NO_PLAN = {} as Plan;
