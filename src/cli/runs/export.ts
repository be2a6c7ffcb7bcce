import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { PipelineError } from '../../errors.ts';
import type { RunExport } from '../../history-file.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { withConnection } from '../servers.ts';
import type { Act, Session } from '../session.ts';

interface ExportOptions {
  readonly to?: string;
}

export function addExport(runs: Command, act: Act): void {
  runs
    .command('export <id>')
    .description('Put a run into one file, without secrets and names of hosts: to be replayed, or given away.')
    .option('--to <file>', 'where to write it (default: stdout)')
    .action(act(exportOne));
}

async function exportOne(session: Session, runId: string, { to }: ExportOptions): Promise<ExitCode> {
  const { terminal, config } = session;
  const { exportRun } = await import('../../export.ts');
  const exported = await withConnection(session, (connection) => exportRun(connection, config, runId));
  if (exported.view === null) terminal.note(['No worker could say how the run is: the file holds its history only.']);
  if (exported.histories.length === 0)
    terminal.note(['Temporal has forgotten the history of the run: the file holds its view only.']);
  if (to === undefined) terminal.answer(exported, () => [JSON.stringify(exported)]);
  else await write(session, to, exported);
  return EXIT.DONE;
}

async function write({ terminal }: Session, file: string, exported: RunExport): Promise<void> {
  const { runId, histories } = exported;
  await writeFile(file, `${JSON.stringify(exported)}\n`).catch((cause: unknown) => {
    const message = `Cannot write "${file}": the system says ${(cause as NodeJS.ErrnoException).code}`;
    throw new PipelineError('FILE_UNWRITABLE', message, { cause });
  });
  terminal.answer({ event: 'exported', run_id: runId, file, histories: histories.length }, () => [
    `Wrote ${file}, histories in it: ${histories.length}`,
  ]);
}
