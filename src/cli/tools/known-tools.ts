import { cardsFor } from '../../cards.ts';
import type { Config } from '../../config.ts';
import { PipelineError } from '../../errors.ts';
import { loadOwnParts } from '../../own-parts/load.ts';
import { listMcpTools } from '../../own-parts/mcp-tools.ts';
import type { ToolCard } from '../../pipeline/card.ts';
import { suggestion } from '../../pipeline/suggestion.ts';

/** Works with the tools of this folder, and lets go of their servers at the end. */
export async function withOwnParts<T>(given: Config, work: (config: Config) => Promise<T>): Promise<T> {
  const config = await loadOwnParts(given, '.');
  try {
    return await work(config);
  } finally {
    await config.own?.mcp.close();
  }
}

/** Those that need no server. */
export function plainTools(config: Config): readonly ToolCard[] {
  return cardsFor(config).tools;
}

/** The card of one tool; of the MCP servers only the one is asked that it is of. Throws `TOOL_UNKNOWN`. */
export async function toolCard(config: Config, name: string): Promise<ToolCard> {
  const ofServer = config.own === undefined ? [] : await listMcpTools(config.own.mcp, name);
  const cards = [...plainTools(config), ...ofServer];
  const card = cards.find((each) => each.name === name);
  if (card !== undefined) return card;
  const names = cards.map((each) => each.name);
  throw new PipelineError('TOOL_UNKNOWN', `Cannot find tool "${name}": there is none${suggestion(name, names)}`);
}
