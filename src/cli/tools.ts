import type { Command } from 'commander';
import type { Act } from './session.ts';
import { addToolCall } from './tools/call.ts';
import { addToolDescription } from './tools/describe.ts';
import { addToolList } from './tools/list.ts';

export function addTools(program: Command, act: Act): void {
  const tools = program
    .command('tools')
    .description(
      'See which tools pipelines can call here, your own and those of MCP servers too, and call one by hand.',
    );
  addToolList(tools, act);
  addToolDescription(tools, act);
  addToolCall(tools, act);
}
