import { readFile } from 'node:fs/promises';
import { Option, type Command } from 'commander';
import { unreadable } from '../read-file.ts';
import type { Replayed, ReplayRequest } from '../replay.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { LIMIT_HELP, limitOption } from './limit-option.ts';
import { printable } from './screen/printable.ts';
import type { Terminal } from './screen/terminal.ts';
import { withConnection } from './servers.ts';
import type { Act, Session } from './session.ts';

interface ReplayOptions extends ReplayRequest {
  readonly run?: string;
  readonly history?: readonly string[];
}

const STATUSES = ['open', 'done', 'failed', 'cancelled'] as const satisfies readonly ReplayRequest['status'][];

export function addReplay(program: Command, act: Act): void {
  program
    .command('replay')
    .description('Replay histories of runs against this code; the exit code is 1 when one does not fit.')
    .option('--limit <number>', `${LIMIT_HELP} (default: 100)`, limitOption)
    .addOption(new Option('--status <status>', 'only those (default: open runs, then ended ones)').choices(STATUSES))
    .addOption(
      new Option('--run <id>', 'the histories of this run and of its parts instead').conflicts(['limit', 'status']),
    )
    .addOption(
      new Option(
        '--history <file...>',
        'histories in files instead, as `runs export` and Temporal write them',
      ).conflicts(['limit', 'status', 'run']),
    )
    .action(act(replay));
}

async function replay(session: Session, options: ReplayOptions): Promise<ExitCode> {
  const { run: runId, history: files, ...request } = options;
  // Temporal's native part takes half a second to load: the other commands do without it.
  const { replayHistories, replayRuns, silently } = await import('../replay.ts');
  const { workflowCode } = await import('../workflow-code.ts');
  const code = await workflowCode(session.config.folders.cache);
  if (files !== undefined) {
    const histories = await readFiles(files);
    return silently(() => showAll(session.terminal, replayHistories(histories, code)));
  }
  const wanted = { ...request, code, ...(runId === undefined ? {} : { runId }) };
  return withConnection(session, (connection) =>
    silently(() => showAll(session.terminal, replayRuns(connection, wanted))),
  );
}

async function readFiles(files: readonly string[]) {
  const { readHistories } = await import('../history-file.ts');
  const texts = files.map(async (file) => {
    const text = await readFile(file, 'utf8').catch((error: unknown) => {
      throw unreadable(file, error);
    });
    return readHistories(file, text);
  });
  return (await Promise.all(texts)).flat();
}

async function showAll(terminal: Terminal, results: AsyncIterable<Replayed>): Promise<ExitCode> {
  const counts = { replayed: 0, failed: 0 };
  for await (const result of results) {
    counts[result.error === undefined ? 'replayed' : 'failed'] += 1;
    show(terminal, result);
  }
  if (counts.replayed + counts.failed === 0) terminal.note(['No histories found']);
  terminal.answer({ event: 'end', ...counts }, () => [`${counts.replayed} replayed, ${counts.failed} failed`]);
  return counts.failed === 0 ? EXIT.DONE : EXIT.FAILED;
}

function show({ answer, paint }: Terminal, { runId, events, error }: Replayed): void {
  const failure = error === undefined ? {} : { error: { code: error.code, message: error.message } };
  answer({ event: 'replayed', run_id: runId, events, ok: error === undefined, ...failure }, () => [
    error === undefined
      ? `${paint('green', 'ok')} ${printable(runId)}: ${events} events`
      : `${paint('red', 'failed')} ${printable(error.message)}`,
  ]);
}
