import { readFile, rename, writeFile } from 'node:fs/promises';
import { z } from 'zod';

/** What is remembered of a server that was started, so that any later command finds it, or starts it at the same address. */
const ServerRecord = z.object({
  pid: z.int().positive(),
  /** Stands in the command line of that process and of no other. */
  mark: z.string().min(1),
  address: z.string(),
  webUi: z.string().optional(),
  program: z.string(),
});
export type ServerRecord = z.infer<typeof ServerRecord>;

/** Undefined when there is none, or one that cannot be read any more: then the server is started anew. */
export async function readRecord(path: string): Promise<ServerRecord | undefined> {
  try {
    return ServerRecord.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return undefined;
  }
}

/** Replaces the record at once: a reader sees the old one or the new one. */
export async function writeRecord(path: string, record: ServerRecord): Promise<void> {
  await writeFile(`${path}.partial`, JSON.stringify(record, null, 2));
  await rename(`${path}.partial`, path);
}
