import { PipelineError } from '../../src/errors.ts';
import type { Json } from '../../src/pipeline/json.ts';
import { isGuarded } from '../../src/pipeline/tool-queue.ts';
import { issuesText } from '../issues.ts';
import { DEPTH_MAX, isTooDeep } from './json-depth.ts';
import type { Tool, ToolContext } from './tool.ts';

/** Runs a tool between the check of its input and that of its output. Throws `PipelineError`, or what the signal throws. */
export async function runTool(tool: Tool, input: Json, context: ToolContext): Promise<Json> {
  checkPermission(tool, context);
  const { data, error } = tool.input.safeParse(input);
  if (error !== undefined) {
    const reason = issuesText(error.issues, tool.input);
    throw new PipelineError('TOOL_INPUT_INVALID', `Cannot call tool "${tool.name}": ${reason}`);
  }
  return checkOutput(tool, await runGuarded(tool, data, context));
}

/** Whatever queue the call came by. */
function checkPermission({ name }: Tool, { settings: { allowedTools = [] } }: ToolContext): void {
  if (!isGuarded(name) || allowedTools.includes(name)) return;
  const is = `this worker does not allow it, set ORCHESTRATOR_ALLOW_TOOLS=${name} where it runs`;
  throw new PipelineError('TOOL_NOT_ALLOWED', `Cannot call tool "${name}": ${is}`);
}

/** A tool that is not ours may throw anything. */
async function runGuarded(tool: Tool, input: unknown, context: ToolContext): Promise<unknown> {
  try {
    return await tool.run(input, context);
  } catch (error) {
    if (error instanceof PipelineError || context.signal.aborted) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new PipelineError('TOOL_FAILED', `Cannot call tool "${tool.name}": ${reason}`, { cause: error });
  }
}

function checkOutput(tool: Tool, output: unknown): Json {
  const refuse = (reason: string): PipelineError =>
    new PipelineError('TOOL_OUTPUT_INVALID', `Cannot use what tool "${tool.name}" gave: ${reason}`);
  if (isTooDeep(output as Json)) throw refuse(`it is nested more than ${DEPTH_MAX} deep`);
  const { data, error } = tool.output.safeParse(output);
  if (error !== undefined) throw refuse(issuesText(error.issues, tool.output));
  return data as Json;
}
