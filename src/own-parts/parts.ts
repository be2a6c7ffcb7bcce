import type { Check } from '../../activities/quality/check.ts';
import type { McpServers } from '../../activities/tools/mcp/servers.ts';
import type { Tool } from '../../activities/tools/tool.ts';
import type { OwnModel } from '../catalog/models-file.ts';

/** What the configuration file adds to what is built in. */
export interface OwnParts {
  /** The file that says so. */
  readonly file: string;
  readonly tools: readonly Tool[];
  readonly checks: readonly Check[];
  readonly models: readonly OwnModel[];
  /** Servers are started, or connected to, when something of them is first needed; whoever loaded them closes them. */
  readonly mcp: McpServers;
}
