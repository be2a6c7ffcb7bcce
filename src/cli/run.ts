import type { Command } from 'commander';
import { startRun } from '../client.ts';
import { ensureWorker, noteOlder, tendWorker, type Note } from './background-worker.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { announceRun, followToEnd, howToFollow } from './follow.ts';
import { guardedToolNotes } from './guarded-tools.ts';
import { readInputs, type InputOptions } from './input-options.ts';
import { interruption } from './interruption.ts';
import { findingNotes } from './screen/note-findings.ts';
import { loadPlan } from './pipeline-file.ts';
import { ensureOllama, ollamaModels, progressOf, withConnection } from './servers.ts';
import type { Act, Session } from './session.ts';
import { collect } from './text-options.ts';

interface RunOptions extends InputOptions {
  readonly id?: string;
  readonly stream?: true;
  readonly detach?: true;
}

export function addRun(program: Command, act: Act): void {
  program
    .command('run <file>')
    .description('Run a pipeline, and follow it until it ends; Ctrl-C leaves it going.')
    .option('-i, --input <name=value>', 'an input, files as name=@path or name=@folder; may be repeated', collect)
    .option('--input-file <file>', 'inputs as a JSON or YAML map')
    .option('--id <id>', "the run's id: the same id again follows the same run")
    .option('-s, --stream', 'show what models say while they say it')
    .option('-d, --detach', 'start the run and leave it')
    .action(act(run));
}

async function run({ terminal, config: given }: Session, file: string, options: RunOptions): Promise<ExitCode> {
  // All that can be refused is refused before any server is asked for.
  const { plan, warnings, config } = await loadPlan(given, file);
  const session = { terminal, config };
  const inputs = readInputs(plan, options);
  terminal.note(findingNotes(warnings, terminal));
  return withConnection(session, async (connection) => {
    const models = ollamaModels(plan);
    const environment = models.length === 0 ? {} : { OLLAMA_HOST: await ensureOllama(session, models) };
    const worker = { config, connection, environment };
    const isNew = await ensureWorker(worker, progressOf(session));
    if (!isNew) noteOlder(config, progressOf(session));
    terminal.note(await guardedToolNotes(config, connection, plan));
    const signal = interruption();
    const { id, detach } = options;
    const started = await startRun(connection, { plan, inputs, ...(id === undefined ? {} : { id }) });
    announceRun(terminal, connection, started);
    const { runId } = started;
    if (detach === undefined) {
      const tend = (note: Note, until: AbortSignal) => tendWorker(worker, note, until);
      return followToEnd({ terminal, connection, runId, signal, tend, isStreaming: options.stream === true });
    }
    terminal.note(howToFollow(runId, 'The run goes on in the background.'));
    return EXIT.DONE;
  });
}
