import { cardsFor } from './cards.ts';
import { loadConfig, type Config } from './config.ts';
import { discoverModels } from './discover-models.ts';
import { PipelineError, type Finding } from './errors.ts';
import { loadOwnModels } from './own-models.ts';
import { listMcpTools } from './own-parts/mcp-tools.ts';
import type { ModelCard, ToolCard } from './pipeline/card.ts';
import { makePlan } from './pipeline/make-plan.ts';
import { type ParsedPipeline, parsePipeline } from './pipeline/parse.ts';
import type { Plan } from './pipeline/plan.ts';
import type { PipelineSpec } from './pipeline/spec.ts';
import { linkPipelines } from './pipeline-files.ts';

export interface ValidateOptions {
  /** What findings call the source; default `pipeline.yaml`. */
  readonly file?: string;
  /**
   * Where the file is. The files that its steps name are looked for from there, and in that folder's tree only, and
   * `models.yaml` in that folder; without it, in no place.
   */
  readonly folder?: string;
  /** Says which models can be used; default: the configuration of this process's environment. */
  readonly config?: Config;
  /** The models of one's own servers, as `discoverModels` finds them; they can be chosen from. Default: none. */
  readonly localModels?: readonly ModelCard[];
  /** The tools of MCP servers, as `validateWithServers` asks for them. Default: none. */
  readonly mcpTools?: readonly ToolCard[];
}

type Source = string | Uint8Array | PipelineSpec | ParsedPipeline;

/** A plan, and what is allowed in its pipeline and doubtful. */
export interface Validated {
  readonly plan: Plan;
  readonly warnings: readonly Finding[];
}

/**
 * Makes the plan of a pipeline, written in YAML or as an object. What it accepts can be started with `startRun`;
 * `warnings` say what is allowed and doubtful. Throws `PIPELINE_INVALID` with every finding, or `MODELS_INVALID`.
 */
export function validate(source: Source, options: ValidateOptions = {}): Validated {
  return plan(read(source, options), options);
}

/** The same, and asks servers for their models and MCP servers for their tools, where these matter to the plan. */
export async function validateWithServers(source: Source, options: ValidateOptions = {}): Promise<Validated> {
  const { config = loadConfig(process.env) } = options;
  const pipeline = read(source, options);
  const [localModels, mcpTools] = await Promise.all([
    dependsOnModels(pipeline) ? discoverModels(config) : [],
    config.own === undefined ? [] : listMcpTools(config.own.mcp, textsOf(pipeline).join('\n')),
  ]);
  return plan(pipeline, { ...options, config, localModels, mcpTools });
}

function read(source: Source, { file = 'pipeline.yaml', folder }: ValidateOptions): ParsedPipeline | PipelineSpec {
  if (typeof source !== 'string' && !(source instanceof Uint8Array)) return source;
  const parsed = parsePipeline(source, file);
  return folder === undefined ? parsed : linkPipelines(parsed, folder);
}

function plan(
  pipeline: ParsedPipeline | PipelineSpec,
  { folder, config = loadConfig(process.env), localModels = [], mcpTools = [] }: ValidateOptions,
): Validated {
  return makePlan(
    pipeline,
    cardsFor(config, { own: loadOwnModels(config, folder), local: localModels, mcp: mcpTools }),
  );
}

/** Whether a pipeline, or one that it names, chooses among models, or asks what not every model can do. */
function dependsOnModels(pipeline: ParsedPipeline | PipelineSpec): boolean {
  return !('positionOf' in pipeline) || textsOf(pipeline).some((text) => /"(?:require|prefer|attach)":/u.test(text));
}

/** A pipeline, and each that it names, as JSON. */
function textsOf(pipeline: ParsedPipeline | PipelineSpec): readonly string[] {
  if (!('positionOf' in pipeline)) return [JSON.stringify(pipeline)];
  // A set also gives what is added to it while it is gone through.
  const found = new Set<ParsedPipeline>([pipeline]);
  for (const { links = new Map<string, never>() } of found) {
    for (const link of links.values()) if (!(link instanceof PipelineError)) found.add(link);
  }
  return [...found].map(({ spec }) => JSON.stringify(spec));
}
