import { PipelineError } from '../../../src/errors.ts';
import type { ToolCard } from '../../../src/pipeline/card.ts';
import { AnyJson } from '../../any-json.ts';
import { defineTool, type Tool } from '../tool.ts';
import { callMcpTool } from './call.ts';
import { secretsOf, type McpSurroundings } from './surroundings.ts';
import { createConnection } from './connection.ts';
import { splitMcpName, type McpSettings } from './settings.ts';

/** The MCP servers of a process. Each is started, or connected to, when it is first needed, and once. */
export interface McpServers {
  readonly names: readonly string[];
  /** The cards of the tools that a server has now and pipelines may call. Throws `TOOL_UNKNOWN`, `MCP_UNAVAILABLE`. */
  cards(server: string, signal: AbortSignal): Promise<readonly ToolCard[]>;
  /** A tool by its whole name, `mcp:docs/search`; undefined when no server of that name is configured. */
  find(name: string): Tool | undefined;
  close(): Promise<void>;
}

/** Makes the servers known; nothing is started. */
export function createMcpServers(settings: readonly McpSettings[], surroundings: McpSurroundings): McpServers {
  const servers = new Map(
    settings.map((each) => [each.name, { settings: each, connection: createConnection(each, surroundings) }]),
  );
  return {
    names: [...servers.keys()],
    async cards(name, signal) {
      const server = servers.get(name);
      if (server === undefined) throw unknownServer(name, [...servers.keys()]);
      return (await server.connection.live(signal)).tools.map(({ card }) => card);
    },
    find(name) {
      const parts = splitMcpName(name);
      const server = parts && servers.get(parts.server);
      if (parts === undefined || server === undefined) return undefined;
      const { connection } = server;
      const secrets = secretsOf(server.settings);
      return defineTool({
        name,
        description: '',
        effect: 'once',
        input: AnyJson,
        output: AnyJson,
        timeoutMs: server.settings.timeoutMs,
        run: (input, context) => callMcpTool(connection, { ...parts, input, secrets }, context),
      });
    },
    close: async () => {
      await Promise.all([...servers.values()].map(({ connection }) => connection.close()));
    },
  };
}

function unknownServer(name: string, names: readonly string[]): PipelineError {
  const has = names.length === 0 ? 'none is configured' : `configured are ${names.join(', ')}`;
  return new PipelineError('TOOL_UNKNOWN', `Cannot find MCP server "${name}": ${has}`);
}
