import { PipelineError } from '../../src/errors.ts';
import type { McpServers } from './mcp/servers.ts';
import type { Tool } from './tool.ts';

/** The tools that a worker has: those that it knows itself, and those of its MCP servers. */
export interface Toolbox {
  readonly tools: readonly Tool[];
  readonly mcp?: Pick<McpServers, 'names' | 'find'>;
}

/** Throws `TOOL_UNKNOWN`. */
export function toolNamed({ tools, mcp }: Toolbox, name: string): Tool {
  const tool = tools.find((each) => each.name === name) ?? mcp?.find(name);
  if (tool !== undefined) return tool;
  const names = [...tools.map((each) => each.name), ...(mcp?.names ?? []).map((server) => `mcp:${server}/*`)];
  throw new PipelineError('TOOL_UNKNOWN', `Cannot call tool "${name}": this worker has ${names.join(', ')}`);
}
