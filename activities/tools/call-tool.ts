import { createHash } from 'node:crypto';
import { Context } from '@temporalio/activity';
import { PipelineError } from '../../src/errors.ts';
import { hostFunctions } from '../../src/pipeline/expression-host.ts';
import { renderTemplate } from '../../src/pipeline/template.ts';
import type { Json } from '../../src/pipeline/json.ts';
import type { ArtifactStore } from '../artifacts/store.ts';
import type { Activities, ToolCall } from '../calls.ts';
import { withHeartbeat } from '../heartbeat.ts';
import { keepValue, loadScope, loadValue } from '../values.ts';
import { placeInputFiles } from './input-files.ts';
import { keepFile } from './keep-file.ts';
import { runTool } from './run-tool.ts';
import { createScrubber } from './scrub.ts';
import { toolKey, withFixed } from './tool-key.ts';
import type { ToolContext, ToolSettings } from './tool.ts';
import { toolNamed, type Toolbox } from './toolbox.ts';
import { openWorkspace } from './workspace.ts';

export interface ToolDeps extends Toolbox {
  readonly store: ArtifactStore;
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
      const { output, key } = await performCall(deps, call, { signal, heartbeat });
      const kept = await keepValue(deps.store, call.tenant, output);
      return { output: kept, attempt: Context.current().info.attempt, key };
    });
}

/** The call itself, by whomever it is made. */
export async function performCall(
  deps: ToolDeps,
  call: ToolCall,
  around: Pick<ToolContext, 'signal' | 'heartbeat'>,
): Promise<{ readonly output: Json; readonly key: string }> {
  const used = new Set<string>();
  const secret = (name: string): string => {
    const value = secretNamed(deps.secrets, name);
    used.add(value);
    return value;
  };
  try {
    const tool = toolNamed(deps, call.tool);
    const values = await loadScope(deps.store, call.tenant, call.scope);
    const fixed = renderTemplate(call.with, values, { host: hostFunctions, secret });
    const given = call.given === undefined ? undefined : await loadValue(deps.store, call.tenant, call.given);
    const input = given === undefined ? fixed : withFixed(given, fixed);
    const output = await runTool(tool, input, contextOf(deps, call, { ...around, secret, used }));
    const made = { template: call.with, values, filledIn: input, ...(given === undefined ? {} : { given }) };
    return { output: createScrubber(used).value(output), key: toolKey(tool, made) };
  } catch (error) {
    throw withoutSecrets(error, used);
  }
}

function contextOf(
  { store, workspaces, allowedHosts, settings }: ToolDeps,
  { tenant, runId, path, effect, files, hosts, schema }: ToolCall,
  { used, ...own }: Pick<ToolContext, 'signal' | 'heartbeat' | 'secret'> & { readonly used: ReadonlySet<string> },
): ToolContext {
  return {
    ...own,
    allowedHosts,
    settings,
    ...(hosts === undefined ? {} : { hosts }),
    ...(schema === undefined ? {} : { schema }),
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
