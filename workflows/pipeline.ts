import { eventsOfStep } from '../src/pipeline/plan-steps.ts';
import type { PipelineStepPlan } from '../src/pipeline/plan.ts';
import type { StoredValue } from '../src/pipeline/value.ts';
import { callLocal, renderValue, type Place } from './call.ts';
import type { Called } from './called.ts';
import { factsOf } from './frame.ts';
import { openFrame } from './group.ts';
import { runChild } from './parts.ts';
import type { RunState } from './run-state.ts';

/** Runs another pipeline as a part of this run. Its inputs are checked against what it declares. */
export async function callPipeline(state: RunState, place: Place, step: PipelineStepPlan): Promise<Called> {
  const frame = openFrame(state, place);
  const { plan } = step;
  const given = Object.entries(step.with).map(async ([name, template]): Promise<[string, StoredValue]> => {
    return [name, await renderValue(state, place, template)];
  });
  const inputs = await callLocal(state, 'resolveInputs', {
    tenant: state.tenant,
    plan: { inputs: plan.inputs, pipeline: plan.pipeline },
    values: Object.fromEntries(await Promise.all(given)),
  });
  const work = { kind: 'pipeline', plan, inputs } as const;
  const part = { work, name: place.path, events: eventsOfStep(step), concurrency: plan.limits.concurrency };
  const { outcome, inside } = await runChild(state, { frame, path: place.path }, part);
  const facts = { ...factsOf(frame.tally, 1), ...(inside === undefined ? {} : { inside }) };
  if (outcome.status === 'failed') return { status: 'failed', error: outcome.error, ...facts };
  return { ...facts, ...(outcome as Extract<typeof outcome, { status: 'done' }>) };
}
