import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Plan } from '../src/pipeline/plan.ts';
import type { RunStatus, RunView } from '../src/pipeline/result.ts';
import type { StoredValue } from '../src/pipeline/value.ts';

/** The registered name of the one workflow. */
export const RUN_PIPELINE = 'runPipeline';

/** The argument of `runPipeline`. */
export interface RunRequest {
  readonly plan: Plan;
  readonly tenant: string;
  /** Every declared input, defaults filled in. */
  readonly inputs: Readonly<Record<string, StoredValue>>;
}

/** What `runPipeline` returns. A failed run throws instead, with the code as the failure's type and the view as its detail. */
export interface RunResult {
  readonly outputs: Readonly<Record<string, StoredValue>>;
}

export const describe = defineQuery<RunView>('describe');

export const pause = defineUpdate<RunStatus>('pause');
export const resume = defineUpdate<RunStatus>('resume');

/** The same for any Temporal client: `temporal workflow signal --name pause`. */
export const pauseSignal = defineSignal('pause');
export const resumeSignal = defineSignal('resume');
