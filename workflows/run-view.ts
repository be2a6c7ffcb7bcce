import type { StepPlan } from '../src/pipeline/plan.ts';
import type { StepResult } from '../src/pipeline/result.ts';
import type { RunView, StepView, ViewedValue } from '../src/pipeline/view.ts';
import { PREVIEW_CHARACTERS, type StoredValue } from '../src/pipeline/value.ts';
import { statusOf, type RunState } from './run-state.ts';

/** A query's answer must stay far below Temporal's 2 MiB, however many steps there are. */
const OUTPUT_BYTES_MAX = 512 * 1024;

/** What the query `describe` answers; long outputs are shortened to a preview there, and whole in the record. */
export function viewOf(state: RunState, { isWhole }: { isWhole: boolean }): RunView {
  const { plan, tenant } = state.request;
  const roomPerStep = isWhole ? Infinity : Math.floor(OUTPUT_BYTES_MAX / Math.max(plan.steps.length, 1));
  const { costNanoUsd, ...usage } = state.spent;
  return {
    runId: state.runId,
    tenant,
    pipeline: {
      name: plan.pipeline.name,
      planHash: plan.hash,
      ...(plan.pipeline.version === undefined ? {} : { version: plan.pipeline.version }),
    },
    status: statusOf(state),
    startedAt: state.startedAt,
    steps: plan.steps.map((step) => stepView(state, step, roomPerStep)),
    usage,
    costNanoUsd,
    hasUnknownCost: state.hasUnknownCost,
    ignored: [...state.ignored],
    ...endOf(state),
  };
}

function endOf({ outcome }: RunState): Partial<RunView> {
  if (outcome === undefined) return {};
  const { endedAt } = outcome;
  if (outcome.status === 'done') return { endedAt, outputs: outcome.outputs };
  return outcome.status === 'failed' ? { endedAt, error: outcome.error } : { endedAt };
}

function stepView(state: RunState, step: StepPlan, room: number): StepView {
  const { id, kind, description } = step;
  const base = { id, kind, ...(description === undefined ? {} : { description }) };
  const result = state.results.get(id);
  const times = state.times.get(id);
  if (result !== undefined && times !== undefined) return { ...base, ...viewed(result, room), ...times };
  const startedAt = state.running.get(id);
  return startedAt === undefined ? { ...base, status: 'pending' } : { ...base, status: 'running', startedAt };
}

function viewed(result: StepResult, room: number) {
  return result.status === 'done' ? { ...result, output: viewedValue(result.output, room) } : result;
}

function viewedValue(value: StoredValue, room: number): ViewedValue {
  if ('artifact' in value) return value;
  const text = JSON.stringify(value.inline);
  return text.length <= room ? value : { preview: text.slice(0, PREVIEW_CHARACTERS) };
}
