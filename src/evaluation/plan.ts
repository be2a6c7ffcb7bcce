import { dirname } from 'node:path';
import type { Config } from '../config.ts';
import type { Finding } from '../errors.ts';
import type { Json } from '../pipeline/json.ts';
import { type ParsedPipeline, parsePipeline } from '../pipeline/parse.ts';
import type { PipelineStepPlan, Plan } from '../pipeline/plan.ts';
import { innerSteps } from '../pipeline/plan-steps.ts';
import type { PipelineSpec } from '../pipeline/spec.ts';
import { linkPipelines } from '../pipeline-files.ts';
import { readFile } from '../read-file.ts';
import { validateWithServers } from '../validate.ts';

/** What is evaluated, and what it is compared with: the steps of the run that an evaluation is. */
export const VARIANTS = ['tested', 'against'] as const;
export type Variant = (typeof VARIANTS)[number];

/** The steps that each case is made of: `run` is the pipeline, the others write down when and how it went. */
export const CASE_STEPS = { began: 'began', run: 'run', output: 'output', ended: 'ended' } as const;

export interface EvaluationOptions {
  /** The pipeline that is evaluated. */
  readonly file: string;
  /** The one that it is compared with. */
  readonly against?: string;
  /** How many cases there are. */
  readonly cases: number;
  /** Cases of each variant at a time. */
  readonly concurrency: number;
  /** Of all cases together. */
  readonly budget?: { readonly usd?: number; readonly tokens?: number };
}

export interface EvaluationPlan {
  readonly plan: Plan;
  readonly warnings: readonly Finding[];
  /** The plans of the pipelines that are evaluated. */
  readonly variants: { readonly tested: Plan; readonly against?: Plan };
}

/**
 * Makes the plan of an evaluation: a pipeline that goes through the cases, each of which is a run of the evaluated one.
 * So it is as durable as any run, and has one budget. Throws `PIPELINE_INVALID`, as `validate` does for each file.
 */
export async function planEvaluation(config: Config, options: EvaluationOptions): Promise<EvaluationPlan> {
  const { file, against } = options;
  const files = { tested: load(file), ...(against === undefined ? {} : { against: load(against) }) };
  const around = evaluationOf(files, options);
  const { plan, warnings } = await validateWithServers(around, { config, folder: dirname(file) });
  const [tested, other] = plan.steps.map(pipelineIn) as [Plan, Plan | undefined];
  return { plan, warnings, variants: { tested, ...(other === undefined ? {} : { against: other }) } };
}

type Files = { readonly [Key in Variant]?: ParsedPipeline };

function load(file: string): ParsedPipeline {
  return linkPipelines(parsePipeline(readFile(file), file), dirname(file));
}

/** A file that was never written: it stands nowhere, and leads to the evaluated ones. */
function evaluationOf(files: Files & { readonly tested: ParsedPipeline }, options: EvaluationOptions): ParsedPipeline {
  const variants = VARIANTS.flatMap((variant) => {
    const parsed = files[variant];
    return parsed === undefined ? [] : [[variant, parsed] as const];
  });
  const { name } = files.tested.spec;
  const budget = options.budget === undefined ? {} : { budget: { ...options.budget, on_exceeded: 'fail' as const } };
  return {
    spec: {
      name: `${name.slice(0, NAME_CHARACTERS)}-eval`,
      ...budget,
      inputs: Object.fromEntries(variants.map(([variant]) => [variant, { type: 'array' }])),
      steps: Object.fromEntries(variants.map(([variant, { spec }]) => [variant, stepOf(variant, spec, options)])),
    } as unknown as PipelineSpec,
    file: 'evaluation',
    links: new Map(variants.map(([variant, parsed]) => [variant, parsed])),
    positionOf: () => NOWHERE,
    keyPositionOf: () => NOWHERE,
  };
}

const NAME_CHARACTERS = 190;
const NOWHERE = { file: 'evaluation', line: 1, column: 1 };

function stepOf(variant: Variant, { inputs = {} }: PipelineSpec, { cases, concurrency }: EvaluationOptions): Json {
  const given = Object.keys(inputs).map((name) => [name, `\${{ inputs_of_case.${name} }}`]);
  return {
    for_each: `\${{ inputs.${variant} }}`,
    as: 'inputs_of_case',
    max: cases,
    concurrency,
    on_item_error: 'continue',
    steps: {
      began: { set: true },
      run: { needs: ['began'], pipeline: variant, with: Object.fromEntries(given), on_error: 'continue' },
      output: { set: '${{ steps.run.output }}' },
      ended: { set: { error: '${{ steps.run.error }}' } },
      failed: {
        needs: ['ended'],
        if: '${{ steps.run.status != "done" }}',
        fail: '${{ steps.run.error.message }}',
      },
    },
    outputs: {},
  };
}

function pipelineIn(step: Plan['steps'][number]): Plan {
  return (innerSteps(step).find(({ id }) => id === CASE_STEPS.run) as PipelineStepPlan).plan;
}
