import { z } from 'zod';
import { PipelineError } from '../../src/errors.ts';
import { quote } from '../quote.ts';
import { runInThread } from '../threads/run-in-thread.ts';
import { readRegularFile } from './regular-file.ts';
import { defineTool } from './tool.ts';
import { findPlace } from './workspace.ts';

const FILE_BYTES_MAX = 50 * 1024 * 1024;

export const pdfRead = defineTool({
  name: 'pdf.read',
  description: 'Reads the text of a PDF (at most 50 MiB and 5,000 pages) in the workspace of the run.',
  effect: 'reads',
  input: z.strictObject({ path: z.string().min(1).describe('Relative to the workspace, with "/"') }),
  output: z.strictObject({
    text: z.string().describe('Its pages are divided by form feeds; what is only a picture has no text'),
    pages: z.int().describe('How many there are'),
  }),
  timeoutMs: 120_000,
  async run(input, { openWorkspace, signal }) {
    const place = await findPlace(await openWorkspace(input.path), input.path);
    const bytes = new Uint8Array(await readRegularFile(place, FILE_BYTES_MAX, signal));
    const name = quote(place.path);
    const refuse = (reason: string): PipelineError =>
      new PipelineError('TOOL_OUTPUT_INVALID', `Cannot read ${name}: ${reason}`);
    return runInThread('readPdf', { bytes, name }, { signal, timeMs: 60_000, memoryMib: 256, refuse });
  },
});
