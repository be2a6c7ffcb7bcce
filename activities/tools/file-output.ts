import { z } from 'zod';

/** A file of the run, as tools give it: a `FileRef`. */
export const FileOutput = z.strictObject({
  path: z.string().describe('In the workspace of the run'),
  name: z.string(),
  bytes: z.int(),
  sha256: z.string(),
  media_type: z.string(),
});
