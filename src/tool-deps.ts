import { join } from 'node:path';
import type { ArtifactStore } from '../activities/artifacts/store.ts';
import type { ToolDeps } from '../activities/tools/call-tool.ts';
import { tools } from '../activities/tools/tools.ts';
import type { Config } from './config.ts';

/** What calls of tools are made with: the tools that are built in, those of one's own, and those of MCP servers. */
export function toolDepsOf(
  { own, folders, secrets, allowedHosts, tools: settings }: Config,
  store: ArtifactStore,
): ToolDeps {
  return {
    store,
    tools: [...tools, ...(own?.tools ?? [])],
    ...(own && { mcp: own.mcp }),
    secrets,
    allowedHosts,
    settings,
    workspaces: join(folders.state, 'workspaces'),
  };
}
