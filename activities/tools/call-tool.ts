import { createHash } from 'node:crypto';
import { Context } from '@temporalio/activity';
import { PipelineError } from '../../src/errors.ts';
import { hostFunctions } from '../../src/pipeline/expression-host.ts';
import { renderTemplate } from '../../src/pipeline/template.ts';
import type { ArtifactStore } from '../artifacts/store.ts';
import type { Activities, ToolCall } from '../calls.ts';
import { withHeartbeat } from '../heartbeat.ts';
import { keepValue, loadScope, loadValue } from '../values.ts';
import { placeInputFiles } from './input-files.ts';
import { keepFile } from './keep-file.ts';
import { runTool } from './run-tool.ts';
import { createScrubber } from './scrub.ts';
import { toolKey, withFixed } from './tool-key.ts';
import type { Tool, ToolContext, ToolSettings } from './tool.ts';
import { openWorkspace } from './workspace.ts';

export interface ToolDeps {
  readonly store: ArtifactStore;
  readonly tools: readonly Tool[];
  /** By name, as in `${{ secrets.NAME }}`. */
  readonly secrets: Readonly<Record<string, string>>;
  /** The folder that holds the workspaces of all runs. */
  readonly workspaces: string;
  readonly allowedHosts: readonly string[];
  readonly settings: ToolSettings;
}

/** Makes the activity that calls a tool. What it gives or throws holds none of the secrets that were put into its input. */
export function createCallTool(deps: ToolDeps): Activities['callTool'] {
  return (call) =>
    withHeartbeat(async (signal, heartbeat) => {
      const used = new Set<string>();
      try {
        const tool = toolNamed(deps.tools, call.tool);
        const values = await loadScope(deps.store, call.tenant, call.scope);
        const secret = (name: string): string => {
          const value = secretNamed(deps.secrets, name);
          used.add(value);
          return value;
        };
        const fixed = renderTemplate(call.with, values, { host: hostFunctions, secret });
        const given = call.given === undefined ? undefined : await loadValue(deps.store, call.tenant, call.given);
        const input = given === undefined ? fixed : withFixed(given, fixed);
        const output = await runTool(tool, input, contextOf(deps, call, { signal, heartbeat, used }));
        const kept = await keepValue(deps.store, call.tenant, createScrubber(used).value(output));
        const key = toolKey(tool, {
          template: call.with,
          values,
          filledIn: input,
          ...(given === undefined ? {} : { given }),
        });
        return { output: kept, attempt: Context.current().info.attempt, key };
      } catch (error) {
        throw withoutSecrets(error, used);
      }
    });
}

function contextOf(
  { store, workspaces, allowedHosts, settings }: ToolDeps,
  { tenant, runId, path, effect, files, hosts }: ToolCall,
  { signal, heartbeat, used }: Pick<ToolContext, 'signal' | 'heartbeat'> & { readonly used: ReadonlySet<string> },
): ToolContext {
  return {
    signal,
    heartbeat,
    allowedHosts,
    settings,
    ...(hosts === undefined ? {} : { hosts }),
    effect,
    idempotencyKey: createHash('sha256')
      .update(JSON.stringify([tenant, runId, path]))
      .digest('hex'),
    async openWorkspace(wanted) {
      const workspace = await openWorkspace(workspaces, tenant, runId);
      if (files !== undefined) await placeInputFiles({ store, tenant, workspace }, files, wanted);
      return workspace;
    },
    async keepFile(name, bytes) {
      const workspace = await openWorkspace(workspaces, tenant, runId);
      return keepFile({ store, tenant, runId }, workspace, { call: path, name, bytes, secrets: used });
    },
  };
}

/** Throws `TOOL_UNKNOWN`. */
export function toolNamed(tools: readonly Tool[], name: string): Tool {
  const tool = tools.find((each) => each.name === name);
  if (tool !== undefined) return tool;
  const allowed = tools.map((each) => each.name).join(', ');
  throw new PipelineError('TOOL_UNKNOWN', `Cannot call tool "${name}": this worker has ${allowed}`);
}

function secretNamed(secrets: Readonly<Record<string, string>>, name: string): string {
  const value = Object.hasOwn(secrets, name) ? secrets[name] : undefined;
  if (value !== undefined) return value;
  throw new PipelineError(
    'SECRET_MISSING',
    `Cannot fill in the secret "${name}": set ORCHESTRATOR_SECRET_${name} where the worker runs`,
  );
}

/** The cause is left out, for nobody knows what it quotes. */
function withoutSecrets(error: unknown, secrets: ReadonlySet<string>): unknown {
  if (!(error instanceof PipelineError) || secrets.size === 0) return error;
  const { code, message, retryAfterMs } = error;
  const scrubbed = createScrubber(secrets).sentence(message);
  return new PipelineError(code, scrubbed, retryAfterMs === undefined ? {} : { retryAfterMs });
}
