import { PipelineError, type Finding } from '../errors.ts';
import { resolveInputs } from '../pipeline/inputs.ts';
import type { Json } from '../pipeline/json.ts';
import type { Plan } from '../pipeline/plan.ts';
import { refusedCases, type Case } from './cases.ts';
import type { EvaluationPlan, Variant } from './plan.ts';

/**
 * The inputs of an evaluation: for each pipeline those of all cases, complete. Throws `INPUT_INVALID` with everything
 * that does not fit, or when a pipeline wants files, which cases cannot bring.
 */
export function inputsOfCases(
  { variants }: Pick<EvaluationPlan, 'variants'>,
  cases: readonly Case[],
): { readonly [Key in Variant]?: readonly Json[] } {
  const findings: Finding[] = [];
  const inputs = Object.entries(variants).map(([variant, plan]) => {
    refuseFiles(plan);
    return [variant, cases.map((one) => resolved(plan, one, findings))] as const;
  });
  if (findings.length > 0) throw refusedCases(findings);
  return Object.fromEntries(inputs);
}

/** One that may be left out is null in every case. */
function refuseFiles({ inputs, pipeline }: Plan): void {
  const name = Object.keys(inputs).find((each) => inputs[each]?.files !== undefined && inputs[each].isRequired);
  if (name === undefined) return;
  const is = `its input "${name}" is a file, and cases bring values only`;
  throw new PipelineError('INPUT_INVALID', `Cannot evaluate "${pipeline.name}": ${is}`);
}

function resolved(plan: Plan, { inputs, positionOf }: Case, findings: Finding[]): Json {
  for (const [name, value] of Object.entries(inputs)) {
    if (value === null || plan.inputs[name]?.files === undefined) continue;
    const message = `Cannot use the case: input "${name}" is a file, and cases bring values only`;
    findings.push({ severity: 'error', code: 'INPUT_INVALID', message, position: positionOf(['inputs', name]) });
  }
  try {
    return resolveInputs(plan, inputs);
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error;
    // `inputs.ticket` stands in the case as it does in the pipeline.
    for (const found of error.findings)
      findings.push({ ...found, position: positionOf((found.path ?? '').split('.')) });
    return {};
  }
}
