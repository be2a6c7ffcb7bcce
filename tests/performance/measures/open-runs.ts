import { setTimeout as delay } from 'node:timers/promises';
import { codeOf, type CodeName } from '../built.ts';
import type { EngineClient } from '../engines/engine.ts';
import type { Ground, LaneId, WorkerSetup } from '../ground.ts';
import { untilBegun } from '../histories.ts';
import { memoryOf } from '../machine.ts';
import { closeLane } from './lane.ts';
import { observeTime, repeat, type Measure } from './measure.ts';

/** Runs that wait for an event, all of them in the memory of one worker. */
export interface OpenRunsWork {
  readonly kind: 'open-runs';
  readonly code: CodeName;
  /** Runs that wait already when memory is read for the first time: what a worker needs for any run at all is not counted. */
  readonly leadInRuns: number;
  readonly runs: number;
  /** A worker takes a moment to give back what was needed only to begin. */
  readonly settleMs: number;
}

/** Starts, and ends, at a time. */
const AT_A_TIME = 20;

export const measureOpenRuns: Measure<OpenRunsWork> = async (ground, id, { work, repeats }) => {
  const setup = { code: await codeOf(ground, work.code), cachedRuns: work.leadInRuns + work.runs };
  return observeTime(async () => {
    const kilobytesPerRun: number[] = [];
    const workerMB: number[] = [];
    for (let turn = 0; turn < repeats; turn += 1) {
      const { before, after } = await holdOpen(ground, id, { work, setup });
      kilobytesPerRun.push((after - before) / work.runs / 1e3);
      workerMB.push(after / 1e6);
    }
    return { kilobytesPerRun, workerMB };
  });
};

/** The memory of a worker, in bytes, with some open runs and with all of them. */
async function holdOpen(
  ground: Ground,
  id: LaneId,
  { work, setup }: { readonly work: OpenRunsWork; readonly setup: WorkerSetup },
): Promise<{ before: number; after: number }> {
  const lane = await ground.openLane(id, setup);
  const { client, worker } = lane;
  const open: string[] = [];
  const read = async (runs: number): Promise<number> => {
    await repeat(runs, AT_A_TIME, async () => open.push(await openOne(client)));
    await delay(work.settleMs);
    return memoryOf(worker.pid);
  };
  try {
    return { before: await read(work.leadInRuns), after: await read(work.runs) };
  } finally {
    await repeat(open.length, AT_A_TIME, async () => client.temporal.workflow.getHandle(open.pop() ?? '').terminate());
    await closeLane(lane);
  }
}

async function openOne(client: EngineClient): Promise<string> {
  const { runId } = await client.start({ kind: 'wait' });
  await untilBegun(client.temporal, runId);
  return runId;
}
