import { CancelledFailure } from '@temporalio/workflow';
import type { StepPlan, SwitchStepPlan } from '../src/pipeline/plan.ts';
import { renderSmall, type Place } from './call.ts';
import { failed, type Called } from './called.ts';
import { factsOf, pathOf } from './frame.ts';
import { openFrame } from './group.ts';
import { blockAt } from './memory.ts';
import type { RunState } from './run-state.ts';

/** Runs the step of the case whose name is the value, as text. */
export async function runSwitch(state: RunState, place: Place, step: SwitchStepPlan): Promise<Called> {
  const value = await renderSmall(state, place, step.on);
  const name = typeof value === 'string' ? value : JSON.stringify(value ?? null);
  const chosen = step.cases.find(({ id }) => id === name) ?? step.otherCase;
  if (chosen === undefined) {
    const cases = step.cases.map(({ id }) => id).join(', ');
    const message = `Cannot choose a case of step "${step.id}": the value is ${name.slice(0, 200)}, there are ${cases}`;
    return failed('SWITCH_NO_CASE', message);
  }
  return runCase(state, place, chosen);
}

async function runCase(state: RunState, place: Place, chosen: StepPlan): Promise<Called> {
  const frame = openFrame(state, place);
  const memory = blockAt(state.memory, place.path);
  const startedAt = memory.began.get(chosen.id) ?? Date.now();
  memory.running.set(chosen.id, startedAt);
  const path = pathOf(frame, chosen.id);
  const result = await state.forms.runStep(state, { frame, path }, chosen);
  memory.running.delete(chosen.id);
  memory.results.set(chosen.id, result);
  memory.times.set(chosen.id, { startedAt, endedAt: Date.now() });
  memory.isOver = true;
  const facts = factsOf(frame.tally, 1);
  switch (result.status) {
    case 'done':
      return { ...facts, status: 'done', output: result.output, case: chosen.id };
    case 'failed':
      return { ...facts, status: 'failed', error: { ...result.error, at: result.error.at ?? path } };
    case 'skipped':
      return { ...facts, status: 'done', output: { inline: null }, case: chosen.id };
    case 'cancelled':
      throw new CancelledFailure('Cancelled');
  }
}
