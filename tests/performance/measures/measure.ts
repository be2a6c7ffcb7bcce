import type { Ground, Lane, LaneId } from '../ground.ts';
import { memoryOf, processCpuMs } from '../machine.ts';
import type { Measured } from '../record.ts';

/** What a scenario is about, and how often it is done in one round. */
export interface Amount<Work> {
  readonly work: Work;
  readonly repeats: number;
}

export type Samples = Readonly<Record<string, readonly number[]>>;

/** Measures one lane once. */
export type Measure<Work> = (ground: Ground, lane: LaneId, amount: Amount<Work>) => Promise<Measured>;

/** Adds what the worker and the server used while they were measured. */
export async function observe({ worker, server }: Lane, measure: () => Promise<Samples>): Promise<Measured> {
  const serverPid = server.child?.pid ?? 0;
  const before = { worker: processCpuMs(worker.pid), server: processCpuMs(serverPid) };
  const { samples, wallMs } = await timed(measure);
  return {
    samples: copyOf(samples),
    wallMs,
    workerCpuMs: processCpuMs(worker.pid) - before.worker,
    serverCpuMs: processCpuMs(serverPid) - before.server,
    workerBytes: memoryOf(worker.pid),
  };
}

/** For work whose processes come and go. */
export async function observeTime(measure: () => Promise<Samples>): Promise<Measured> {
  const { samples, wallMs } = await timed(measure);
  return { samples: copyOf(samples), wallMs, workerCpuMs: 0, serverCpuMs: 0, workerBytes: 0 };
}

/** How long something takes, in milliseconds. */
export async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/** Does something so many times, some at a time. */
export async function repeat(times: number, atATime: number, act: () => Promise<unknown>): Promise<void> {
  let left = times;
  const line = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await act();
    }
  };
  await Promise.all(Array.from({ length: atATime }, line));
}

async function timed(measure: () => Promise<Samples>): Promise<{ samples: Samples; wallMs: number }> {
  const startedAt = performance.now();
  const samples = await measure();
  return { samples, wallMs: performance.now() - startedAt };
}

function copyOf(samples: Samples): Record<string, number[]> {
  return Object.fromEntries(Object.entries(samples).map(([metric, values]) => [metric, [...values]]));
}
