import { setTimeout as delay } from 'node:timers/promises';
import { codeOf, type CodeName } from '../built.ts';
import type { Child } from '../children.ts';
import type { Engine, Place } from '../engines/engine.ts';
import { ENGINES, type EngineName } from '../engines/engines.ts';
import type { ProfileName } from '../profiles.ts';
import { openSlowServer } from '../slow-server.ts';
import { observeTime, type Measure } from './measure.ts';

/** Kills the worker in the middle of a run of requests, and starts another one. */
export interface CrashWork {
  readonly kind: 'crash';
  readonly code: CodeName;
  readonly steps: number;
  /** The worker is killed while the step after this one waits for its answer. */
  readonly killAfter: number;
  readonly stepMs: number;
  /** How long after the kill another worker is started: what a supervisor needs. */
  readonly restartMs: number;
}

export const measureCrash: Measure<CrashWork> = async (ground, id, { work, repeats }) => {
  const [engine, profile] = id.split('@') as [EngineName, ProfileName];
  const server = await ground.server(profile);
  const code = await codeOf(ground, work.code);
  return observeTime(async () => {
    const crashes: Crash[] = [];
    for (let turn = 0; turn < repeats; turn += 1) {
      crashes.push(
        await crashOnce(work, ENGINES[engine], {
          place: await ground.place(server),
          startWorker: (place) => ground.startWorker(engine, place, { code }),
        }),
      );
    }
    return samplesOf(crashes);
  });
};

interface Setting {
  readonly place: Place;
  readonly startWorker: (place: Place) => Promise<Child>;
}

async function crashOnce(work: CrashWork, engine: Engine, { place, startWorker }: Setting): Promise<Crash> {
  const slow = await openSlowServer(work.stepMs);
  const client = await engine.connect(place);
  const run = await client.start({ kind: 'requests', steps: work.steps, url: slow.url });
  const first = await startWorker(place);
  await slow.asked(`/${work.killAfter + 1}`);
  await delay(work.stepMs / 2);
  await first.stop('SIGKILL');
  const killedAt = performance.now();
  await delay(work.restartMs);
  const second = await startWorker(place);
  await run.done();
  const endedAt = performance.now();
  await Promise.all([client.close(), second.stop('SIGTERM'), slow.close()]);
  return crashOf(work, slow.requests, { killedAt, endedAt });
}

interface Crash {
  readonly nextStepMs: number;
  readonly endMs: number;
  readonly finishedAgain: number;
  readonly inFlightAgain: number;
}

function crashOf(
  { killAfter }: CrashWork,
  requests: readonly { readonly path: string; readonly at: number }[],
  { killedAt, endedAt }: { killedAt: number; endedAt: number },
): Crash {
  const after = requests.filter(({ at }) => at >= killedAt);
  const again = after.filter(({ path }) => Number(path.slice(1)) <= killAfter);
  return {
    nextStepMs: (after[0]?.at ?? endedAt) - killedAt,
    endMs: endedAt - killedAt,
    finishedAgain: again.length,
    inFlightAgain: requests.filter(({ path }) => path === `/${killAfter + 1}`).length - 1,
  };
}

function samplesOf(crashes: readonly Crash[]) {
  return {
    nextStepMs: crashes.map((crash) => crash.nextStepMs),
    endMs: crashes.map((crash) => crash.endMs),
    finishedAgain: crashes.map((crash) => crash.finishedAgain),
    inFlightAgain: crashes.map((crash) => crash.inFlightAgain),
  };
}
