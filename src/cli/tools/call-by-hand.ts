import { randomUUID } from 'node:crypto';
import { openLocalDisk } from '../../../activities/artifacts/local-disk.ts';
import { performCall } from '../../../activities/tools/call-tool.ts';
import { openWorkspace } from '../../../activities/tools/workspace.ts';
import type { Config } from '../../config.ts';
import { PipelineError } from '../../errors.ts';
import { effectOf } from '../../pipeline/card.ts';
import type { Json } from '../../pipeline/json.ts';
import { compileTemplate } from '../../pipeline/template-compile.ts';
import { toolDepsOf } from '../../tool-deps.ts';
import { toolCard } from './known-tools.ts';

interface CallByHand {
  readonly name: string;
  readonly input: Json;
  readonly signal: AbortSignal;
}

/** Calls a tool with the guards, limits and secrets of a run, without one. Throws what a step would fail with. */
export async function callByHand(
  config: Config,
  { name, input, signal }: CallByHand,
): Promise<{ readonly output: Json; readonly workspace: string }> {
  const card = await toolCard(config, name);
  const { template, problems } = compileTemplate(input, { schemas: {} }, { allowSecrets: true });
  const [problem] = problems;
  if (problem !== undefined) throw new PipelineError('USAGE', `Cannot read the input: ${problem.message}`);
  const { tenant } = config;
  const runId = `tools-call-${randomUUID()}`;
  const deps = toolDepsOf(config, openLocalDisk(config.folders.artifacts));
  // Unlike that of a signal, this timer keeps the process alive while a tool does nothing else.
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), card.timeoutMs);
  const call = { tenant, runId, path: 'call', scope: {}, tool: name, effect: effectOf(card, template), with: template };
  try {
    const around = { signal: AbortSignal.any([signal, late.signal]), heartbeat: () => undefined };
    const { output } = await performCall(deps, call, around);
    return { output, workspace: await openWorkspace(deps.workspaces, tenant, runId) };
  } catch (error) {
    if (!late.signal.aborted || signal.aborted) throw error;
    const message = `Cannot finish the call of "${name}": it took longer than its limit of ${card.timeoutMs} ms`;
    throw new PipelineError('STEP_TIMEOUT', message, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}
