import { ENGINES } from '../engines/engines.ts';
import { codeOf, type CodeName } from '../built.ts';
import { observeTime, type Measure } from './measure.ts';
import type { EngineName } from '../engines/engines.ts';
import type { ProfileName } from '../profiles.ts';

/** Starts a worker: until it takes work, and until a run that was waiting for it is done. */
export interface StartWork {
  readonly kind: 'start';
  readonly code: CodeName;
}

export const measureStart: Measure<StartWork> = async (ground, id, { work, repeats }) => {
  const [engine, profile] = id.split('@') as [EngineName, ProfileName];
  const server = await ground.server(profile);
  const code = await codeOf(ground, work.code);
  return observeTime(async () => {
    const readyMs: number[] = [];
    const firstResultMs: number[] = [];
    for (let turn = 0; turn < repeats; turn += 1) {
      const place = await ground.place(server);
      const client = await ENGINES[engine].connect(place);
      const waiting = await client.start({ kind: 'sequence', steps: 1 });
      const startedAt = performance.now();
      const worker = await ground.startWorker(engine, place, { code });
      await worker.ready;
      readyMs.push(performance.now() - startedAt);
      await waiting.done();
      firstResultMs.push(performance.now() - startedAt);
      await client.close();
      await worker.stop('SIGTERM');
    }
    return { readyMs, firstResultMs };
  });
};
