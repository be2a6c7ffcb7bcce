import { join } from 'node:path';
import type { Config } from '../config.ts';

/** Every file that the embedded default keeps in the state folder. */
export function stateFiles({ folders: { state } }: Config) {
  return {
    temporalDatabase: join(state, 'temporal.db'),
    temporalRecord: join(state, 'temporal.json'),
    temporalLog: join(state, 'temporal.log'),
    ollamaRecord: join(state, 'ollama.json'),
    ollamaLog: join(state, 'ollama.log'),
    /** Held while servers are started or stopped. */
    lock: join(state, 'servers'),
  } as const;
}

/** Where models live that our own Ollama serves. */
export function modelsFolder({ folders: { cache } }: Config): string {
  return join(cache, 'models');
}
