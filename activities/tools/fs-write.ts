import { lstat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { PipelineError } from '../../src/errors.ts';
import { replaceFile } from '../artifacts/write-file.ts';
import { quote } from '../quote.ts';
import { defineTool } from './tool.ts';
import { fileFault, makePlace } from './workspace.ts';

const FILE_BYTES_MAX = 10 * 1024 * 1024;

export const fsWrite = defineTool({
  name: 'fs.write',
  description: 'Writes a text file (UTF-8, at most 10 MiB) into the workspace of the run, or replaces it.',
  effect: 'idempotent',
  isInWorkspace: true,
  input: z.strictObject({
    path: z.string().min(1).describe('Relative to the workspace, with "/"; missing folders are made'),
    text: z.string(),
  }),
  output: z.strictObject({ path: z.string(), bytes: z.int() }),
  timeoutMs: 30_000,
  async run(input, { openWorkspace }) {
    const bytes = Buffer.from(input.text);
    if (bytes.length > FILE_BYTES_MAX) {
      const reason = `it would have ${bytes.length} bytes, at most ${FILE_BYTES_MAX} are allowed`;
      throw new PipelineError('TOOL_INPUT_INVALID', `Cannot write ${quote(input.path)}: ${reason}`);
    }
    const workspace = await openWorkspace(input.path);
    const { file, path } = await makePlace(workspace, input.path);
    await refuseUnlessFile(file, path);
    try {
      // Beside the workspace: on the same disk, but not among the files of the run.
      await replaceFile(file, bytes, join(dirname(workspace), '.tmp'));
    } catch (error) {
      throw fileFault('write', path, error);
    }
    return { path, bytes: bytes.length };
  },
});

/** What is replaced must be a file, or nothing. */
async function refuseUnlessFile(file: string, path: string): Promise<void> {
  const facts = await lstat(file).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw fileFault('write', path, error);
  });
  if (facts === undefined || facts.isFile()) return;
  throw new PipelineError('PATH_REFUSED', `Cannot write ${quote(path)}: it is there and is not a regular file`);
}
