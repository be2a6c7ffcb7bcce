import { readRunRecord } from '../activities/artifacts/run-records.ts';
import type { Connection } from './client.ts';
import { PipelineError } from './errors.ts';
import { isAtOrIn } from './pipeline/fork/call-path.ts';
import type { CallRecord } from './pipeline/result.ts';
import { suggestion } from './pipeline/suggestion.ts';
import type { RunView, StepView } from './pipeline/view.ts';
import { callsSoFar, loadCalls } from './run-calls.ts';
import { describeRun } from './runs.ts';

/** A run, narrowed to a step of it. */
export interface StepHistory {
  readonly view: RunView;
  /** At the path and inside it, those of every item, round and try too, in the order of their ends; what goes on comes last. */
  readonly steps: readonly StepView[];
  /** Of a run that goes on, a call tells what it gave only when the run has ended. */
  readonly hasOutputs: boolean;
}

/**
 * Everything that happened in a step of a run, named by its path: `drafts`, `drafts[3]`, `refine#1/review`. Throws
 * `STEP_UNKNOWN`, and what `describeRun` throws.
 */
export async function describeStep(connection: Connection, runId: string, path: string): Promise<StepHistory> {
  const view = await describeRun(connection, runId);
  const record = await readRunRecord(connection.store, connection.tenant, runId);
  const calls = record === undefined ? await callsSoFar(connection, runId) : await loadCalls(connection, record);
  const told = new Map([...calls.map(stepOfCall), ...flat(view.steps)].map((step) => [step.path ?? step.id, step]));
  const steps = [...told.values()].filter((step) => isAtOrIn(step.path ?? step.id, path));
  if (steps.length === 0) {
    const message = `Cannot show step "${path}" of run "${runId}": nothing has happened there${suggestion(path, [...told.keys()])}`;
    throw new PipelineError('STEP_UNKNOWN', message);
  }
  return { view, steps: steps.toSorted((one, other) => endOf(one) - endOf(other)), hasOutputs: record !== undefined };
}

function stepOfCall({ path, kind, endedAt, result }: CallRecord): StepView {
  return { id: path.slice(path.lastIndexOf('/') + 1), path, kind, ...result, endedAt };
}

/** Each by itself, without those inside it. */
function flat(steps: readonly StepView[]): readonly StepView[] {
  return steps.flatMap(({ steps: inner = [], ...step }) => [step, ...flat(inner)]);
}

function endOf(step: StepView): number {
  return 'endedAt' in step ? step.endedAt : Infinity;
}
