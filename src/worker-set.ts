import { Worker, type WorkerOptions } from '@temporalio/worker';
import type { Paces } from './pace.ts';
import { PROVIDER_NAMES, providerQueue } from './pipeline/provider-queue.ts';

/** Workers of one process that begin and end together. */
export interface WorkerSet {
  /** Until they are stopped; rejects when one of them fails, which ends the others. */
  readonly run: () => Promise<void>;
  readonly stop: () => void;
}

/** Makes the worker of the runs, as `main` says, and one for the calls of each provider, which shares its connection. */
export async function createWorkers(main: WorkerOptions, paces: Paces): Promise<WorkerSet> {
  const workers = await Promise.all([main, ...providerOptions(main, paces)].map((each) => Worker.create(each)));
  const stop = (): void => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  return {
    stop,
    run: async () => {
      const ends = workers.map((worker) => worker.run().finally(stop));
      await Promise.allSettled(ends);
      await Promise.all(ends);
    },
  };
}

/** Each of them asks the server for work twice at a time, at most: a call takes longer than to fetch it. */
const POLLERS = 2;
/** Temporal's own limit, which takes back one that was set before. */
const PER_SECOND_MAX = 100_000;

/** The workers that make the calls of providers, and nothing else; none for a provider whose calls others make. */
export function providerOptions(main: WorkerOptions, paces: Paces): readonly WorkerOptions[] {
  const { workflowBundle: _, ...shared } = main;
  return PROVIDER_NAMES.filter((name) => paces[name].concurrency > 0).map((name) => ({
    ...shared,
    taskQueue: providerQueue(main.taskQueue, name),
    maxConcurrentActivityTaskExecutions: paces[name].concurrency,
    maxTaskQueueActivitiesPerSecond: paces[name].perSecond ?? PER_SECOND_MAX,
    activityTaskPollerBehavior: { type: 'simple-maximum', maximum: POLLERS },
  }));
}
