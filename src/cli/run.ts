import type { Command } from 'commander';
import { startRun } from '../client.ts';
import { ensureWorker, tendWorker } from './background-worker.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { announceRun, followToEnd, howToFollow } from './follow.ts';
import { readInputs, type InputOptions } from './input-options.ts';
import { interruptible } from './interruption.ts';
import { findingNotes } from './screen/note-findings.ts';
import { loadPlan } from './pipeline-file.ts';
import { ollamaModels, withConnection, withOllama } from './servers.ts';
import type { Act, Session } from './session.ts';

interface RunOptions extends InputOptions {
  readonly id?: string;
  readonly detach?: true;
}

export function addRun(program: Command, act: Act): void {
  program
    .command('run <file>')
    .description('Run a pipeline, and follow it until it ends; Ctrl-C leaves it going.')
    .option('-i, --input <name=value>', 'an input; may be repeated', collect)
    .option('--input-file <file>', 'inputs as a JSON or YAML map')
    .option('--id <id>', "the run's id: the same id again follows the same run")
    .option('-d, --detach', 'start the run and leave it')
    .action(act(run));
}

function collect(value: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, value];
}

async function run(session: Session, file: string, options: RunOptions): Promise<ExitCode> {
  // All that can be refused is refused before any server is asked for.
  const { plan, warnings } = loadPlan(session.config, file);
  const inputs = readInputs(plan, options);
  session.terminal.note(findingNotes(warnings, session.terminal));
  return withConnection(session, async (connection) => {
    const models = ollamaModels(plan);
    const ready = models.length === 0 ? session : await withOllama(session, models);
    await ensureWorker(ready, connection);
    return interruptible(async (signal) => {
      const started = await startRun(connection, {
        plan,
        inputs,
        ...(options.id === undefined ? {} : { id: options.id }),
      });
      announceRun(session.terminal, connection, started);
      const { runId } = started;
      if (options.detach === undefined) {
        const tend = (until: AbortSignal): Promise<void> => tendWorker(ready, connection, until);
        return followToEnd({ terminal: session.terminal, connection, runId, signal, tend });
      }
      session.terminal.note(howToFollow(runId, 'The run goes on in the background.'));
      return EXIT.DONE;
    });
  });
}
