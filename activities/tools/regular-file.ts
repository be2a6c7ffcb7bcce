import { constants, type FileHandle, open } from 'node:fs/promises';
import { PipelineError } from '../../src/errors.ts';
import { quote } from '../quote.ts';
import { fileFault, type Place } from './workspace.ts';

/** All bytes of a file that is neither a link nor a pipe nor too large. Throws `PATH_REFUSED` and others. */
export async function readRegularFile(
  { file, path }: Place,
  bytesMax: number,
  signal: AbortSignal,
): Promise<Buffer<ArrayBuffer>> {
  // Without O_NONBLOCK, opening a pipe would wait for a writer.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  let handle: FileHandle | undefined;
  try {
    handle = await open(file, flags);
    const facts = await handle.stat();
    if (!facts.isFile())
      throw new PipelineError('PATH_REFUSED', `Cannot read ${quote(path)}: it is not a regular file`);
    if (facts.size > bytesMax) {
      const reason = `it has ${facts.size} bytes, at most ${bytesMax} are allowed`;
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
