import type { Ground, LaneId } from '../ground.ts';
import type { Measured } from '../record.ts';
import { measureCrash, type CrashWork } from './crash.ts';
import { measureFork, type ForkWork } from './fork.ts';
import { measureItems, type ItemsWork } from './items.ts';
import type { Amount } from './measure.ts';
import { measureModelCall, type ModelCallWork } from './model-call.ts';
import { measureOpenRuns, type OpenRunsWork } from './open-runs.ts';
import { measureRuns, type RunsWork } from './runs.ts';
import { measureStart, type StartWork } from './start.ts';
import { measureThroughput, type ThroughputWork } from './throughput.ts';
import { measureToolCall, type ToolCallWork } from './tool-call.ts';
import { measureValidate, type ValidateWork } from './validate.ts';

/** Everything that a scenario can be about. */
export type Work =
  | RunsWork
  | ThroughputWork
  | ItemsWork
  | OpenRunsWork
  | ForkWork
  | StartWork
  | CrashWork
  | ValidateWork
  | ModelCallWork
  | ToolCallWork;

/** Measures one lane once. */
export function measure(ground: Ground, lane: LaneId, { work, repeats }: Amount<Work>): Promise<Measured> {
  switch (work.kind) {
    case 'runs':
      return measureRuns(ground, lane, { work, repeats });
    case 'throughput':
      return measureThroughput(ground, lane, { work, repeats });
    case 'items':
      return measureItems(ground, lane, { work, repeats });
    case 'open-runs':
      return measureOpenRuns(ground, lane, { work, repeats });
    case 'fork':
      return measureFork(ground, lane, { work, repeats });
    case 'start':
      return measureStart(ground, lane, { work, repeats });
    case 'crash':
      return measureCrash(ground, lane, { work, repeats });
    case 'validate':
      return measureValidate(ground, lane, { work, repeats });
    case 'model-call':
      return measureModelCall(ground, lane, { work, repeats });
    case 'tool-call':
      return measureToolCall(ground, lane, { work, repeats });
  }
}

/** Whether lanes grow quicker while they run, so that a first round would not be like the others. */
export function needsWarmUp({ kind }: Work): boolean {
  return kind === 'runs' || kind === 'throughput' || kind === 'fork';
}
