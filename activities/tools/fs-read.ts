import { isUtf8 } from 'node:buffer';
import { constants, type FileHandle, open } from 'node:fs/promises';
import { z } from 'zod';
import { PipelineError } from '../../src/errors.ts';
import { quote } from '../quote.ts';
import { defineTool } from './tool.ts';
import { fileFault, findPlace } from './workspace.ts';

const FILE_BYTES_MAX = 10 * 1024 * 1024;

export const fsRead = defineTool({
  name: 'fs.read',
  description: 'Reads a text file (UTF-8, at most 10 MiB) of the workspace of the run.',
  effect: 'reads',
  input: z.strictObject({ path: z.string().min(1).describe('Relative to the workspace, with "/"') }),
  output: z.strictObject({ path: z.string(), text: z.string() }),
  timeoutMs: 30_000,
  async run(input, { openWorkspace, signal }) {
    const { file, path } = await findPlace(await openWorkspace(input.path), input.path);
    const bytes = await readRegularFile(file, path, signal);
    if (!isUtf8(bytes) || bytes.includes(0)) {
      throw new PipelineError('TOOL_OUTPUT_INVALID', `Cannot read ${quote(path)}: it is not UTF-8 text`);
    }
    return { path, text: new TextDecoder().decode(bytes) };
  },
});

async function readRegularFile(file: string, path: string, signal: AbortSignal): Promise<Buffer> {
  // Without O_NONBLOCK, opening a pipe would wait for a writer.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  let handle: FileHandle | undefined;
  try {
    handle = await open(file, flags);
    const facts = await handle.stat();
    if (!facts.isFile())
      throw new PipelineError('PATH_REFUSED', `Cannot read ${quote(path)}: it is not a regular file`);
    if (facts.size > FILE_BYTES_MAX) {
      const reason = `it has ${facts.size} bytes, at most ${FILE_BYTES_MAX} are allowed`;
      throw new PipelineError('TOOL_OUTPUT_INVALID', `Cannot read ${quote(path)}: ${reason}`);
    }
    return await handle.readFile({ signal });
  } catch (error) {
    if (error instanceof PipelineError || signal.aborted) throw error;
    throw fileFault('read', path, error);
  } finally {
    await handle?.close();
  }
}
