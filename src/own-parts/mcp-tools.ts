import type { McpServers } from '../../activities/tools/mcp/servers.ts';
import type { ToolCard } from '../pipeline/card.ts';

/** A server that does not answer must not hold up a plan for ever. */
const LIST_MS = 90_000;

/** The tools of those MCP servers that a text names (`mcp:docs/…`). Throws `MCP_UNAVAILABLE`. */
export async function listMcpTools(mcp: McpServers, text: string): Promise<readonly ToolCard[]> {
  const named = new Set(Array.from(text.matchAll(/mcp:([a-z][a-z0-9_-]*)\//gu), ([, name = '']) => name));
  const signal = AbortSignal.timeout(LIST_MS);
  const lists = mcp.names.filter((name) => named.has(name)).map((name) => mcp.cards(name, signal));
  return (await Promise.all(lists)).flat();
}
