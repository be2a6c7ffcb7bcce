import { isUtf8 } from 'node:buffer';
import { z } from 'zod';
import { PipelineError } from '../../src/errors.ts';
import { quote } from '../quote.ts';
import { readRegularFile } from './regular-file.ts';
import { defineTool } from './tool.ts';
import { findPlace } from './workspace.ts';

const FILE_BYTES_MAX = 10 * 1024 * 1024;

export const fsRead = defineTool({
  name: 'fs.read',
  description: 'Reads a text file (UTF-8, at most 10 MiB) of the workspace of the run.',
  effect: 'reads',
  input: z.strictObject({ path: z.string().min(1).describe('Relative to the workspace, with "/"') }),
  output: z.strictObject({ path: z.string(), text: z.string() }),
  timeoutMs: 30_000,
  async run(input, { openWorkspace, signal }) {
    const place = await findPlace(await openWorkspace(input.path), input.path);
    const bytes = await readRegularFile(place, FILE_BYTES_MAX, signal);
    const { path } = place;
    if (!isUtf8(bytes) || bytes.includes(0)) {
      throw new PipelineError('TOOL_OUTPUT_INVALID', `Cannot read ${quote(path)}: it is not UTF-8 text`);
    }
    return { path, text: new TextDecoder().decode(bytes) };
  },
});
