import { copyFile, mkdir, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { runProgram } from './child-process.ts';

/** For a module that is complete. */
export const NO_HEADERS: Headers = { debian: [], fromModules: [] };

/** C headers that a Go module needs and its zip leaves out (a module's zip has no `vendor` folders). */
export interface Headers {
  /** Packages that hold theirs under `usr/include`; unpacked, never installed. */
  readonly debian: readonly string[];
  /** Single files out of other Go modules. */
  readonly fromModules: readonly { readonly module: string; readonly file: string; readonly as: string }[];
}

const FETCH_MAX_MS = 120_000;

/** Gathers the headers in `folder` and returns the folder to search. Throws `SETUP_FAILED`. */
export async function collectHeaders(headers: Headers, folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  if (headers.debian.length > 0) await unpackDebian(headers.debian, folder);
  for (const { module, file, as } of headers.fromModules) {
    const target = join(folder, 'usr/include', as);
    await mkdir(dirname(target), { recursive: true });
    await copyFile(join(await fetchModule(module), file), target);
  }
  return join(folder, 'usr/include');
}

async function unpackDebian(packages: readonly string[], folder: string): Promise<void> {
  const download = (): Promise<string> =>
    runProgram('apt-get', ['download', ...packages], { cwd: folder, timeoutMs: FETCH_MAX_MS });
  try {
    await download();
  } catch {
    // A new machine has no package lists yet; if that was not the reason, the second try says what is.
    await runProgram('apt-get', ['update'], { timeoutMs: FETCH_MAX_MS });
    await download();
  }
  const archives = (await readdir(folder)).filter((name) => name.endsWith('.deb'));
  await Promise.all(
    archives.map((name) => runProgram('dpkg-deb', ['-x', name, '.'], { cwd: folder, timeoutMs: FETCH_MAX_MS })),
  );
}

const DownloadedModule = z.object({ Dir: z.string() });

async function fetchModule(module: string): Promise<string> {
  const printed = await runProgram('go', ['mod', 'download', '-json', module], { timeoutMs: FETCH_MAX_MS });
  return DownloadedModule.parse(JSON.parse(printed)).Dir;
}
