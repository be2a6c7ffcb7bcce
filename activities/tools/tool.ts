import type { z } from 'zod';
import type { EffectByField } from '../../src/pipeline/card.ts';
import type { FileRef } from '../../src/pipeline/file-ref.ts';
import type { Effect } from '../../src/pipeline/plan.ts';
import type { GuardedTool } from '../../src/pipeline/tool-queue.ts';
import type { Database } from './database.ts';

/** What the worker's operator set up for tools. */
export interface ToolSettings {
  /** The path of a Chromium; without it one is looked for on PATH. */
  readonly browser?: string;
  /** A SearXNG server. */
  readonly searchUrl?: string;
  /** Of the tools that need a permission (`GUARDED_TOOLS`), those that may run here. */
  readonly allowedTools?: readonly GuardedTool[];
  /** The databases that `sql.query` may reach, by name. */
  readonly databases?: Readonly<Record<string, Database>>;
}

/** What a running tool may use of its surroundings. */
export interface ToolContext {
  /** Fires when the run is cancelled, the attempt times out or the worker stops. */
  readonly signal: AbortSignal;
  /** Says how far the tool is, in counters; that it is alive is told without this. */
  readonly heartbeat: (counters: Readonly<Record<string, number>>) => void;
  /**
   * Makes the folder of the run, if need be: relative paths of file tools start here, and nothing outside is reachable.
   * The file at `path` is in it then, when it is one of the inputs of the run; without a path all of these are.
   */
  readonly openWorkspace: (path?: string) => Promise<string>;
  /**
   * Keeps bytes as a file of the run, in its workspace and in the store: `attach` and `save_to` take what it gives. The
   * same bytes by the same call are the same file.
   */
  readonly keepFile: (name: string, bytes: Uint8Array) => Promise<FileRef>;
  readonly settings: ToolSettings;
  /** A secret of the worker, by name; it is taken out of all that the call gives or throws. Throws `SECRET_MISSING`. */
  readonly secret: (name: string) => string;
  /** What the plan says this call may do. A call that is `once` is never repeated by itself. */
  readonly effect: Effect;
  /** Stable over retries of the same call: what a server needs to recognise a repetition. */
  readonly idempotencyKey: string;
  /** Hosts (`name` or `name:port`) that may be private or loopback; set by the worker's operator. */
  readonly allowedHosts: readonly string[];
  /** The only hosts (`name` or `name:port`) that this call may reach; absent: any. */
  readonly hosts?: readonly string[];
  /** The hash of the schemas with which the plan was made, for a tool whose server may have changed them since. */
  readonly schema?: string;
}

/** One tool: one file, and one line in `tools.ts`. Input is validated before `run`, output after it. */
export interface Tool<Input extends z.ZodType = z.ZodType, Output extends z.ZodType = z.ZodType> {
  readonly name: string;
  readonly description: string;
  /** The worst that a call may do. */
  readonly effect: Effect;
  /** Lets the plan know better than `effect` where one literal field of the input tells. */
  readonly effectBy?: EffectByField;
  readonly input: Input;
  readonly output: Output;
  /** The default time of one attempt, in milliseconds. */
  readonly timeoutMs: number;
  /** Raised when equal input gives another output than before, so that a fork calls it again; `1` when absent. */
  readonly version?: string;
  /** True when it calls hosts: it obeys `hosts` of its context, then. */
  readonly usesNetwork?: true;
  /** True when what it does lies in the run's workspace: a fork has one of its own, so it is called again there. */
  readonly isInWorkspace?: boolean;
  /** Throws `PipelineError` with a code of the tools' part of the list. */
  run(input: z.infer<Input>, context: ToolContext): Promise<z.input<Output>>;
}

/** Gives a tool its types; nothing happens. */
export function defineTool<Input extends z.ZodType, Output extends z.ZodType>(
  tool: Tool<Input, Output>,
): Tool<Input, Output> {
  return tool;
}
