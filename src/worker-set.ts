import { Worker, type WorkerOptions } from '@temporalio/worker';
import type { Paces } from './pace.ts';
import { PROVIDER_NAMES, providerQueue } from './pipeline/provider-queue.ts';
import { type GuardedTool, toolQueue } from './pipeline/tool-queue.ts';

/** Workers of one process that begin and end together. */
export interface WorkerSet {
  /** Until they are stopped; rejects when one of them fails, which ends the others. */
  readonly run: () => Promise<void>;
  readonly stop: () => void;
}

/** Which queues a process looks at. */
export interface Served {
  readonly serves: 'all' | 'tools';
  readonly paces: Paces;
  readonly tools: { readonly allowedTools: readonly GuardedTool[] };
}

/**
 * Makes the worker of the runs, as `main` says, and one for the calls of each provider and of each tool that is allowed
 * here, which share its connection.
 */
export async function createWorkers(main: WorkerOptions, { serves, paces, tools }: Served): Promise<WorkerSet> {
  const forAll = serves === 'all' ? [main, ...providerOptions(main, paces)] : [];
  const all = [...forAll, ...toolOptions(main, tools.allowedTools)];
  const workers = await Promise.all(all.map((each) => Worker.create(each)));
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
  return PROVIDER_NAMES.filter((name) => paces[name].concurrency > 0).map((name) => ({
    ...callsOnly(main, providerQueue(main.taskQueue, name)),
    maxConcurrentActivityTaskExecutions: paces[name].concurrency,
    maxTaskQueueActivitiesPerSecond: paces[name].perSecond ?? PER_SECOND_MAX,
  }));
}

/** Each of these calls is a process of its own. */
const TOOL_CALLS = 20;

/** The workers that make the calls of tools that need a permission. */
export function toolOptions(main: WorkerOptions, allowed: readonly GuardedTool[]): readonly WorkerOptions[] {
  return allowed.map((tool) => ({
    ...callsOnly(main, toolQueue(main.taskQueue, tool)),
    maxConcurrentActivityTaskExecutions: TOOL_CALLS,
  }));
}

function callsOnly(main: WorkerOptions, taskQueue: string): WorkerOptions {
  const { workflowBundle: _, ...shared } = main;
  return { ...shared, taskQueue, activityTaskPollerBehavior: { type: 'simple-maximum', maximum: POLLERS } };
}
