import type { Config } from '../config.ts';
import { stopBackground } from './background.ts';
import { stateFiles } from './folders.ts';
import { withLock } from './lock.ts';
import { readRecord } from './record.ts';

/** Stops the servers that the embedded default started, and only those. Returns the names of the stopped ones. */
export async function stopLocal(config: Config): Promise<string[]> {
  const { lock, temporalRecord, ollamaRecord } = stateFiles(config);
  return await withLock(
    lock,
    () => undefined,
    async () => {
      const stopped = [];
      if (await stopRecorded(temporalRecord)) stopped.push('Temporal');
      if (await stopRecorded(ollamaRecord)) stopped.push('Ollama');
      return stopped;
    },
  );
}

async function stopRecorded(path: string): Promise<boolean> {
  const record = await readRecord(path);
  return record !== undefined && (await stopBackground(record.pid, record.mark));
}
