import { Option, type Command } from 'commander';
import { PipelineError } from '../../errors.ts';
import type { Json } from '../../pipeline/json.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { mapOfFile } from '../input-options.ts';
import { interruption } from '../interruption.ts';
import { printableLine } from '../screen/printable.ts';
import type { Act, Session } from '../session.ts';

interface CallOptions {
  readonly input?: string;
  readonly inputFile?: string;
}

export function addToolCall(tools: Command, act: Act): void {
  tools
    .command('call <name>')
    .description('Call a tool by hand, as a pipeline would, in a workspace of its own; Ctrl-C cancels it.')
    .option('-i, --input <json>', 'its input as a JSON map; it may hold ${{ secrets.NAME }}')
    .addOption(new Option('--input-file <file>', 'its input as a JSON or YAML map').conflicts('input'))
    .action(act(call));
}

async function call({ config: given, terminal }: Session, name: string, options: CallOptions): Promise<ExitCode> {
  const input = inputOf(options);
  const { withOwnParts } = await import('./known-tools.ts');
  const { callByHand } = await import('./call-by-hand.ts');
  const signal = interruption();
  terminal.note([terminal.paintNote('dim', `Calling ${printableLine(name)}; Ctrl-C cancels it`)]);
  try {
    const { output, workspace } = await withOwnParts(given, (config) => callByHand(config, { name, input, signal }));
    terminal.answer({ event: 'called', tool: name, output, workspace }, () =>
      JSON.stringify(output, undefined, 2).split('\n'),
    );
    terminal.note([terminal.paintNote('dim', `Its workspace: ${workspace}`)]);
    return EXIT.DONE;
  } catch (error) {
    if (!signal.aborted || error instanceof PipelineError) throw error;
    terminal.note([`Cancelled the call of ${name}`]);
    return EXIT.INTERRUPTED;
  }
}

function inputOf({ input, inputFile }: CallOptions): Json {
  if (inputFile !== undefined) return mapOfFile('the input', inputFile) as Json;
  if (input === undefined) return {};
  try {
    return JSON.parse(input) as Json;
  } catch (error) {
    throw new PipelineError('USAGE', `Cannot read --input: ${(error as Error).message}`);
  }
}
