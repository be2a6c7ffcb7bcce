import { glob, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stopBackground } from '../src/local/background.ts';
import { readRecord } from '../src/local/record.ts';

/** Folders of test runs are named by it and the process id of their run. */
export const FOLDER_PREFIX = 'orchestrator-tests-';

/** Takes away what runs left behind that were killed. */
export async function sweepOldFolders(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = new RegExp(`^${FOLDER_PREFIX}(\\d+)-`).exec(name)?.[1];
    if (pid !== undefined && !isRunning(Number(pid))) await clearFolder(join(tmpdir(), name));
  }
}

/** Stops every server that was started in a folder, by the product or a test, and deletes the folder. */
export async function clearFolder(folder: string): Promise<void> {
  for await (const file of glob('**/{temporal,ollama}.json', { cwd: folder })) {
    const record = await readRecord(join(folder, file));
    if (record !== undefined) await stopBackground(record.pid, record.mark);
  }
  for await (const file of glob('**/workers.pid', { cwd: folder })) {
    const pids = (await readFile(join(folder, file), 'utf8')).split('\n').filter(Boolean);
    for (const pid of pids) await stopBackground(Number(pid), ' worker ');
  }
  await rm(folder, { recursive: true, force: true });
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
