import { access, constants, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { execa, type ExecaError } from 'execa';
import { PipelineError } from '../errors.ts';

export interface ProgramOptions {
  readonly cwd?: string;
  /** Added to the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

/** Runs a program to its end and returns what it printed. Throws `SETUP_FAILED` with the last lines of what it said. */
export async function runProgram(file: string, args: readonly string[], options: ProgramOptions): Promise<string> {
  const { cwd, env, timeoutMs } = options;
  try {
    const result = await execa(file, args, {
      stdin: 'ignore',
      timeout: timeoutMs,
      ...(cwd && { cwd }),
      ...(env && { env }),
    });
    return result.stdout;
  } catch (error) {
    throw new PipelineError(
      'SETUP_FAILED',
      `Cannot run "${file} ${args[0] ?? ''}": ${reason(error as ExecaError, timeoutMs)}`,
      {
        cause: error,
      },
    );
  }
}

/** The path of the first executable file of that name on PATH. */
export async function findOnPath(name: string): Promise<string | undefined> {
  const candidates = String(process.env['PATH'])
    .split(delimiter)
    .filter(Boolean)
    .map((folder) => join(folder, name));
  const found = await Promise.all(candidates.map(isExecutable));
  return candidates.find((_, position) => found[position]);
}

/** Tells whether a file is there and may be run. */
export async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    // Absent, or not ours to run: the next place on the list may have it.
    return false;
  }
}

const LINES_SHOWN = 5;

function reason(error: ExecaError, timeoutMs: number): string {
  if (error.timedOut) return `it took longer than ${timeoutMs / 1000} s`;
  const said = `${String(error.stderr)}\n${String(error.stdout)}`.trim();
  return said.split('\n').slice(-LINES_SHOWN).join('; ') || error.shortMessage;
}
