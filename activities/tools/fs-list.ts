import type { Dirent } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { PipelineError } from '../../src/errors.ts';
import { quote } from '../quote.ts';
import { compilePathPattern } from './path-pattern.ts';
import { defineTool } from './tool.ts';
import { fileFault } from './workspace.ts';

const FILES_MAX = 5_000;
/** Files and folders that are looked at, whether they match or not. */
const ENTRIES_MAX = 20_000;

const FoundFile = z.strictObject({ path: z.string(), bytes: z.int() });
type FoundFile = z.infer<typeof FoundFile>;

export const fsList = defineTool({
  name: 'fs.list',
  description: 'Lists the files of the workspace of the run whose paths match a pattern; links are left out.',
  effect: 'reads',
  input: z.strictObject({
    pattern: z
      .string()
      .min(1)
      .describe('"*" and "?" stand for text and a character without "/", "**/" for any folders, {a,b} for one of both'),
  }),
  output: z.strictObject({ files: z.array(FoundFile).describe('In the order of their paths, at most 5,000') }),
  timeoutMs: 30_000,
  async run({ pattern }, { openWorkspace, signal }) {
    const matches = compilePathPattern(pattern);
    const workspace = await openWorkspace();
    const paths = (await filesBelow(workspace, signal, pattern)).filter(matches).toSorted();
    if (paths.length > FILES_MAX) throw tooMany(pattern, `${paths.length} files match`, FILES_MAX);
    const files: FoundFile[] = [];
    for (const path of paths) {
      signal.throwIfAborted();
      const bytes = await sizeOf(join(workspace, path), path);
      if (bytes !== undefined) files.push({ path, bytes });
    }
    return { files };
  },
});

/** The paths of all regular files. Links are not followed: what is behind them may be anywhere. */
async function filesBelow(workspace: string, signal: AbortSignal, pattern: string): Promise<readonly string[]> {
  const files: string[] = [];
  const folders = [''];
  let seen = 0;
  // A list also gives what is added to it while it is gone through.
  for (const folder of folders) {
    signal.throwIfAborted();
    const entries = await entriesOf(join(workspace, folder), folder);
    seen += entries.length;
    if (seen > ENTRIES_MAX) throw tooMany(pattern, `the workspace holds ${seen} files and folders`, ENTRIES_MAX);
    for (const entry of entries) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) folders.push(path);
      else if (entry.isFile()) files.push(path);
    }
  }
  return files;
}

function tooMany(pattern: string, is: string, max: number): PipelineError {
  return new PipelineError('TOOL_OUTPUT_INVALID', `Cannot list ${quote(pattern)}: ${is}, at most ${max} are allowed`);
}

/** Another call may take a folder away meanwhile. */
async function entriesOf(folder: string, path: string): Promise<readonly Dirent[]> {
  return readdir(folder, { withFileTypes: true }).catch(unlessGone(path, []));
}

async function sizeOf(file: string, path: string): Promise<number | undefined> {
  return lstat(file).then(({ size }) => size, unlessGone(path, undefined));
}

function unlessGone<T>(path: string, instead: T): (error: unknown) => T {
  return (error) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return instead;
    throw fileFault('list', path, error);
  };
}
