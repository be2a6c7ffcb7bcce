import type { Command } from 'commander';
import type { Config } from '../../config.ts';
import type { ToolCard } from '../../pipeline/card.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { tableLines } from '../screen/table.ts';
import type { Terminal } from '../screen/terminal.ts';
import { toolReport, toolsTable } from '../screen/tool-card.ts';
import type { Act, Session } from '../session.ts';

export function addToolList(tools: Command, act: Act): void {
  tools
    .command('list', { isDefault: true })
    .description('List the tools; MCP servers of orchestrator.config.ts are started for it.')
    .action(act(list));
}

async function list({ config: given, terminal }: Session): Promise<ExitCode> {
  // Tools bring their libraries along, and the other commands do without them.
  const { plainTools, withOwnParts } = await import('./known-tools.ts');
  const found = await withOwnParts(given, async (config) => [
    ...plainTools(config),
    ...(await mcpTools(config, terminal)),
  ]);
  if (terminal.isJson) for (const card of found) terminal.answer(toolReport(card), () => []);
  else terminal.answer({}, () => tableLines(toolsTable(found), terminal.paint, terminal.size.columns));
  return EXIT.DONE;
}

/** Enough for a program that must be fetched first. */
const LIST_MS = 90_000;

/** A server that does not answer keeps nobody from seeing the others. */
async function mcpTools({ own }: Config, terminal: Terminal): Promise<readonly ToolCard[]> {
  if (own === undefined) return [];
  const signal = AbortSignal.timeout(LIST_MS);
  const lists = own.mcp.names.map(async (name) => {
    try {
      return await own.mcp.cards(name, signal);
    } catch (error) {
      terminal.note([(error as Error).message]);
      return [];
    }
  });
  return (await Promise.all(lists)).flat();
}
