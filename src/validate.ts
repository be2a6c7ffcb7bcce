import { cardsFor } from './cards.ts';
import { loadConfig, type Config } from './config.ts';
import type { Finding } from './errors.ts';
import { makePlan } from './pipeline/make-plan.ts';
import { parsePipeline } from './pipeline/parse.ts';
import type { Plan } from './pipeline/plan.ts';
import type { PipelineSpec } from './pipeline/spec.ts';
import { linkPipelines } from './pipeline-files.ts';

export interface ValidateOptions {
  /** What findings call the source; default `pipeline.yaml`. */
  readonly file?: string;
  /** Where the file is. The files that its steps name are looked for from there, and in that folder's tree only; without it, in no place. */
  readonly folder?: string;
  /** Says which models can be used; default: the configuration of this process's environment. */
  readonly config?: Config;
}

/**
 * Makes the plan of a pipeline, written in YAML or as an object. What it accepts can be started with `startRun`;
 * `warnings` say what is allowed and doubtful. Throws `PIPELINE_INVALID` with every finding.
 */
export function validate(
  source: string | Uint8Array | PipelineSpec,
  { file = 'pipeline.yaml', folder, config = loadConfig(process.env) }: ValidateOptions = {},
): { readonly plan: Plan; readonly warnings: readonly Finding[] } {
  const isText = typeof source === 'string' || source instanceof Uint8Array;
  if (!isText) return makePlan(source, cardsFor(config));
  const parsed = parsePipeline(source, file);
  return makePlan(folder === undefined ? parsed : linkPipelines(parsed, folder), cardsFor(config));
}
