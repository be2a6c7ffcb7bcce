import type { Command } from 'commander';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { toolLines, toolReport } from '../screen/tool-card.ts';
import type { Act, Session } from '../session.ts';

export function addToolDescription(tools: Command, act: Act): void {
  tools
    .command('describe <name>')
    .description('Say what a tool does, takes and gives: mcp:<server>/<tool> for one of an MCP server.')
    .action(act(describe));
}

async function describe({ config: given, terminal }: Session, name: string): Promise<ExitCode> {
  const { toolCard, withOwnParts } = await import('./known-tools.ts');
  const card = await withOwnParts(given, (config) => toolCard(config, name));
  terminal.answer(toolReport(card), () => toolLines(card, terminal.paint));
  return EXIT.DONE;
}
