import type { Command } from 'commander';
import type { ForkOptions } from '../../fork.ts';
import { ensureWorker, tendWorker, type Note } from '../background-worker.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { announceRun, followToEnd, howToFollow } from '../follow.ts';
import { readGivenInputs, type InputOptions } from '../input-options.ts';
import { interruption } from '../interruption.ts';
import { loadOwnParts } from '../../own-parts/load.ts';
import { loadPlan } from '../pipeline-file.ts';
import { forecastReport, forecastText, savingsReport, savingsText } from '../screen/fork-lines.ts';
import { findingNotes } from '../screen/note-findings.ts';
import { ensureOllama, ollamaModels, progressOf, withConnection } from '../servers.ts';
import type { Act, Session } from '../session.ts';
import { collect } from '../text-options.ts';

interface ForkCommandOptions extends InputOptions, Pick<ForkOptions, 'from' | 'keepApprovals' | 'reuseReads'> {
  readonly pipeline?: string;
  readonly allowEffects?: true;
  readonly id?: string;
  readonly detach?: true;
}

export function addFork(runs: Command, act: Act): void {
  runs
    .command('fork <id>')
    .description('Run again what has changed, or comes after a step, and take over everything else.')
    .option('--from <step>', 'run this step again, with all that comes after it')
    .option('--pipeline <file>', 'an edited pipeline in place of the one of the run')
    .option('-i, --input <name=value>', 'another input; may be repeated', collect)
    .option('--input-file <file>', 'other inputs as a JSON or YAML map')
    .option('--keep-approvals', 'take over what people answered, where they would be asked the same')
    .option('--reuse-reads', 'take over what tools have read of the world')
    .option('--allow-effects', 'let tools do a second time what they did in the run')
    .option('--id <id>', 'the id of the new run')
    .option('-d, --detach', 'start the new run and leave it')
    .action(act(fork));
}

async function fork(given: Session, runId: string, options: ForkCommandOptions): Promise<ExitCode> {
  const { terminal } = given;
  const edited = options.pipeline === undefined ? undefined : await loadPlan(given.config, options.pipeline);
  const config = edited?.config ?? (await loadOwnParts(given.config, '.'));
  const session = { terminal, config };
  if (edited !== undefined) terminal.note(findingNotes(edited.warnings, terminal));
  // It knows the tools, and so loads their libraries: commands that fork nothing do without.
  const { forkRun, readEndedRun, savingsOf } = await import('../../fork.ts');
  return withConnection(session, async (connection) => {
    const plan = edited?.plan ?? (await readEndedRun(connection, runId, 'fork')).plan;
    const inputs = readGivenInputs(plan, options);
    const models = ollamaModels(plan);
    const environment = models.length === 0 ? {} : { OLLAMA_HOST: await ensureOllama(session, models) };
    const worker = { config, connection, environment };
    const { input: _, inputFile: __, pipeline: ___, detach, ...rest } = options;
    const started = await forkRun(connection, { ...rest, runId, plan, inputs });
    await ensureWorker(worker, progressOf(session));
    announceRun(terminal, connection, started);
    terminal.answer(forecastReport(runId, started), () => [terminal.paint('dim', forecastText(runId, started))]);
    if (detach !== undefined) {
      terminal.note(howToFollow(started.runId, 'The run goes on in the background.'));
      return EXIT.DONE;
    }
    const tend = (note: Note, until: AbortSignal) => tendWorker(worker, note, until);
    const code = await followToEnd({ terminal, connection, runId: started.runId, signal: interruption(), tend });
    if (code === EXIT.INTERRUPTED) return code;
    const savings = await savingsOf(connection, started.runId);
    terminal.answer(savingsReport(started.runId, savings), () => [savingsText(savings)]);
    return code;
  });
}
