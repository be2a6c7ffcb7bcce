import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { PipelineError } from '../../errors.ts';
import type { RunView, SavedFile } from '../../pipeline/view.ts';
import { loadFile } from '../../runs.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { filesTable } from '../screen/files-table.ts';
import { tableLines } from '../screen/table.ts';
import { withConnection } from '../servers.ts';
import type { Act, Session } from '../session.ts';
import { openRun } from './open.ts';

interface FilesOptions {
  readonly output?: string;
}

export function addFiles(runs: Command, act: Act): void {
  runs
    .command('files <id> [path]')
    .description('List the files that the steps of a run saved, or print one.')
    .option('-o, --output <file>', 'write it there')
    .action(act(files));
}

async function files(
  session: Session,
  ...[runId, path, { output }]: [string, string | undefined, FilesOptions]
): Promise<ExitCode> {
  const { terminal } = session;
  await withConnection(session, async (connection) => {
    const view = await openRun(session, connection, runId);
    if (path === undefined) return listFiles(session, view);
    const file = fileAt(view, path);
    const bytes = await loadFile(connection, file);
    if (output === undefined) return terminal.print({ event: 'file', ...file }, bytes);
    await save(output, bytes);
    terminal.answer({ event: 'saved', ...file, file: output }, () => [`Saved ${path} as ${output}`]);
  });
  return EXIT.DONE;
}

function listFiles({ terminal }: Session, { files: found = [] }: RunView): void {
  if (terminal.isJson) for (const file of found) terminal.answer(file, () => []);
  else if (found.length === 0) terminal.note(['No files found']);
  else terminal.answer({}, () => tableLines(filesTable(found), terminal.paint, terminal.size.columns));
}

function fileAt({ runId, files: found = [] }: RunView, path: string): SavedFile {
  const file = found.find((each) => each.path === path);
  if (file !== undefined) return file;
  const there = found.length === 0 ? 'it has none' : `it has ${found.map((each) => `"${each.path}"`).join(', ')}`;
  throw new PipelineError('FILE_NOT_FOUND', `Cannot find file "${path}" of run "${runId}": ${there}`);
}

async function save(file: string, bytes: Uint8Array): Promise<void> {
  await writeFile(file, bytes).catch((cause: unknown) => {
    throw new PipelineError('USAGE', `Cannot write "${file}": ${(cause as Error).message}`, { cause });
  });
}
