import type { z } from 'zod';
import type { CheckContext, CheckVerdict } from '../../activities/quality/check.ts';
import type { ToolContext } from '../../activities/tools/tool.ts';
import type { EffectByField } from '../pipeline/card.ts';
import type { Json } from '../pipeline/json.ts';
import type { Effect } from '../pipeline/plan.ts';
import type { Secret } from '../pipeline/builder.ts';

/** A tool of one's own. Its input is validated before `run`, its output after it. */
export interface OwnTool<Input extends z.ZodType = z.ZodType, Output extends z.ZodType = z.ZodType> {
  /** As pipelines call it: words of small letters, digits and `_`, with dots between them. */
  readonly name: string;
  /** For people, and for models that may call it. */
  readonly description: string;
  /** The worst that a call may do: it decides whether a call that failed is made again. */
  readonly effect: Effect;
  /** Lets the plan know better than `effect` where one literal field of the input tells. */
  readonly effectBy?: EffectByField;
  /** Schemas of zod 4 that JSON Schema can express. */
  readonly input: Input;
  readonly output: Output;
  /** The default time of one attempt, in milliseconds; 60,000 when absent. */
  readonly timeoutMs?: number;
  /** Raised when equal input gives another output than before, so that a fork calls it again. */
  readonly version?: string;
  /** True when its result lies in the workspace of the run, so that a fork calls it again. */
  readonly isInWorkspace?: boolean;
  /** What it throws fails the step with `TOOL_FAILED`, or with the code of a `PipelineError`. */
  run(input: z.infer<Input>, context: ToolContext): Promise<z.input<Output>> | z.input<Output>;
}

/** A check of one's own. */
export interface OwnCheck<Options extends z.ZodType = z.ZodType> {
  /** The key under which steps ask for it: small letters, digits and `_`. */
  readonly name: string;
  readonly description: string;
  /** What stands behind the key: a schema of zod 4 that JSON Schema can express. */
  readonly options: Options;
  /** True when expressions in its options may read `output`. */
  readonly readsOutput?: boolean;
  /** Options as a pipeline writes them, for those who look the check up. */
  readonly example?: Json;
  /** Gives a verdict; throws only when it could not judge at all. */
  run(subject: Json, options: z.infer<Options>, context: CheckContext): Promise<CheckVerdict> | CheckVerdict;
}

/** What is said of a model of one's own, as in `models.yaml`. Prices are in dollars per million tokens. */
export interface OwnModelCard {
  readonly context_tokens?: number;
  readonly output_tokens_max?: number;
  readonly structured_output?: boolean;
  readonly tools?: boolean;
  readonly images?: boolean;
  readonly price?:
    | 'unknown'
    | {
        readonly input: number;
        readonly output: number;
        readonly cached_input?: number;
        readonly cache_write?: number;
      };
  readonly speed?: number;
  readonly quality?: number;
}

/** An MCP server: a program that is started, or a URL. */
export type OwnMcpServer = OwnMcpReach & {
  /** Names of tools that pipelines may call, with `*` for any text; every one when absent. */
  readonly allow?: readonly string[];
  /** The default time of a call, in milliseconds; 60,000 when absent. */
  readonly timeoutMs?: number;
  /** What tools do, by name, with `*` for any text; the first that fits counts. `once` when none does. */
  readonly effects?: Readonly<Record<string, Effect>>;
  /** True when what the server says of its tools (`readOnlyHint`, `idempotentHint`) may be believed. */
  readonly trustHints?: boolean;
};

type OwnMcpReach =
  | {
      /** The program and its arguments; no shell reads them. */
      readonly command: readonly [string, ...string[]];
      /** Added to the few variables that every server gets, such as `PATH`. */
      readonly env?: Readonly<Record<string, string | Secret>>;
      /** Where it is started, from the folder of the configuration file. */
      readonly cwd?: string;
      readonly headers?: never;
    }
  | {
      readonly url: string;
      readonly headers?: Readonly<Record<string, string | Secret>>;
      readonly env?: never;
      readonly cwd?: never;
    };

/** What `orchestrator.config.ts` exports by default. */
export interface OwnConfig {
  readonly tools?: readonly OwnTool[];
  readonly checks?: readonly OwnCheck[];
  /** By `provider/model`. */
  readonly models?: Readonly<Record<string, OwnModelCard>>;
  /** By name: the tool `search` of the server `docs` is called `mcp:docs/search`. */
  readonly mcp?: Readonly<Record<string, OwnMcpServer>>;
}

/** Gives the configuration its types; nothing happens. */
export function defineConfig(config: OwnConfig): OwnConfig {
  return config;
}

/** Gives a tool its types; nothing happens. */
export function defineTool<Input extends z.ZodType, Output extends z.ZodType>(
  tool: OwnTool<Input, Output>,
): OwnTool<Input, Output> {
  return tool;
}

/** Gives a check its types; nothing happens. */
export function defineCheck<Options extends z.ZodType>(check: OwnCheck<Options>): OwnCheck<Options> {
  return check;
}
