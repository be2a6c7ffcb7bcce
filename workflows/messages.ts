import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { RunStatus, RunView } from '../src/pipeline/result.ts';

export const describe = defineQuery<RunView>('describe');

export const pause = defineUpdate<RunStatus>('pause');
export const resume = defineUpdate<RunStatus>('resume');

/** The same for any Temporal client: `temporal workflow signal --name pause`. */
export const pauseSignal = defineSignal('pause');
export const resumeSignal = defineSignal('resume');
