import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { issuesText } from '../../activities/issues.ts';
import { providers } from '../../activities/models/providers.ts';
import type { Check } from '../../activities/quality/check.ts';
import { checks } from '../../activities/quality/checks.ts';
import { createMcpServers } from '../../activities/tools/mcp/servers.ts';
import type { McpReach, McpSettings } from '../../activities/tools/mcp/settings.ts';
import type { Tool } from '../../activities/tools/tool.ts';
import { tools } from '../../activities/tools/tools.ts';
import { readOwnModels, type OwnModel } from '../catalog/models-file.ts';
import type { Config } from '../config.ts';
import { PipelineError } from '../errors.ts';
import { ownCheck } from './own-check.ts';
import type { OwnParts } from './parts.ts';
import { type CheckShape, ConfigShape, type ServerShape, type ToolShape } from './shapes.ts';

const TIMEOUT_MS = 60_000;

/** Tells what is wrong in the file. */
type Refuse = (reason: string) => PipelineError;

/** What a file exports, checked. Throws `CONFIG_INVALID`. */
export function readOwnParts(
  exported: unknown,
  { file, config }: { readonly file: string; readonly config: Config },
): OwnParts {
  const refuse: Refuse = (reason) => new PipelineError('CONFIG_INVALID', `Cannot use "${file}": ${reason}`);
  const { data, error } = ConfigShape.safeParse(exported);
  if (error !== undefined) throw refuse(issuesText(error.issues, ConfigShape));
  refuseTaken('tool', { own: data.tools, builtIn: tools }, refuse);
  refuseTaken('check', { own: data.checks, builtIn: [...checks, ...RESERVED] }, refuse);
  const folder = dirname(resolve(file));
  const servers = Object.entries(data.mcp).map(([name, server]) => serverOf(name, server, folder));
  return {
    file,
    tools: data.tools.map((tool, index) => toolOf(tool, index, refuse)),
    checks: data.checks.map((check, index) => checkOf(check, index, refuse)),
    models: modelsOf(data.models, file, refuse),
    mcp: createMcpServers(servers, config),
  };
}

/** Beside its checks a step of kind `check` says what it checks. */
const RESERVED = [{ name: 'value' }];

interface Named {
  readonly name: string;
}

function refuseTaken(
  what: string,
  { own, builtIn }: { readonly own: readonly Named[]; readonly builtIn: readonly Named[] },
  refuse: Refuse,
): void {
  own.forEach(({ name }, index) => {
    if (builtIn.some((each) => each.name === name)) throw refuse(`the name of ${what} "${name}" is taken`);
    if (own.findIndex((each) => each.name === name) < index) throw refuse(`there are two ${what}s "${name}"`);
  });
}

function toolOf({ timeoutMs = TIMEOUT_MS, ...tool }: ToolShape, index: number, refuse: Refuse): Tool {
  refuseStrangeSchema(tool.input, `tools[${index}].input`, refuse);
  refuseStrangeSchema(tool.output, `tools[${index}].output`, refuse);
  return { ...tool, timeoutMs } as Tool;
}

function checkOf({ readsOutput = false, example = null, ...check }: CheckShape, index: number, refuse: Refuse): Check {
  refuseStrangeSchema(check.options, `checks[${index}].options`, refuse);
  return ownCheck({ ...check, readsOutput, example } as Check);
}

/** Pipelines are checked against the JSON Schema that is made of it. */
function refuseStrangeSchema(schema: z.ZodType, place: string, refuse: Refuse): void {
  try {
    z.toJSONSchema(schema, { io: 'input' });
  } catch (error) {
    throw refuse(`"${place}": ${(error as Error).message}`);
  }
}

function modelsOf(models: object, file: string, refuse: Refuse): readonly OwnModel[] {
  try {
    return readOwnModels(Buffer.from(JSON.stringify({ models })), file, providers);
  } catch (error) {
    // The places are those of a text that nobody has written.
    throw refuse((error as PipelineError).findings.map(({ message }) => message).join('; '));
  }
}

function serverOf(name: string, server: ServerShape, folder: string): McpSettings {
  const { allow = ['*'], effects = {}, trustHints: trustsHints = false, timeoutMs = TIMEOUT_MS } = server;
  return { name, reach: reachOf(server, folder), allow, effects: Object.entries(effects), trustsHints, timeoutMs };
}

function reachOf({ command, env = {}, cwd = '.', url = '', headers = {} }: ServerShape, folder: string): McpReach {
  if (command === undefined) return { kind: 'url', url, headers };
  const [program = '', ...args] = command;
  return { kind: 'program', command: program, args, env, cwd: resolve(folder, cwd) };
}
