import { isCancellation } from '@temporalio/workflow';
import type { StepPlan } from '../src/pipeline/plan.ts';
import { NO_CALL, type StepResult } from '../src/pipeline/result.ts';
import { around } from './around.ts';
import { holds, renderValue, type Place } from './call.ts';
import { done, readError } from './called.ts';
import { runForEach } from './for-each.ts';
import { runGuarded } from './guarded.ts';
import { forgetForms, formAt } from './memory.ts';
import { withinStepBudget } from './money.ts';
import { runRepeat } from './repeat.ts';
import type { RunState } from './run-state.ts';

/** Runs one step to its end, with everything that is written around its call; only what no step can cause is thrown. */
export async function runStep(state: RunState, place: Place, step: StepPlan): Promise<StepResult> {
  try {
    if (step.condition !== undefined && !(await isWanted(state, place, step))) return await notRun(state, place, step);
    const { budget, forEach } = step;
    return await withinStepBudget(state, { path: place.path, budget }, () =>
      forEach === undefined ? runItem(state, place, step) : runForEach(state, place, { ...step, forEach }),
    );
  } catch (error) {
    if (isCancellation(error)) return { status: 'cancelled', because: `${around(place.path)} ended while it ran` };
    return { status: 'failed', error: readError(error), ...NO_CALL };
  } finally {
    forgetForms(state.memory, place.path);
  }
}

/** The step once, or as often as `repeat` says. */
export function runItem(state: RunState, place: Place, step: StepPlan): Promise<StepResult> {
  if (step.repeat === undefined) return runGuarded(state, place, step);
  return runRepeat(state, place, { ...step, repeat: step.repeat });
}

/** The condition is asked once, even when the run goes on in a new history meanwhile. */
async function isWanted(state: RunState, place: Place, { condition }: StepPlan): Promise<boolean> {
  if (condition === undefined) return true;
  const asked = formAt<{ answer?: boolean }>(state.memory, `${place.path}|if`, () => ({}));
  asked.answer ??= await holds(state, place, condition);
  return asked.answer;
}

async function notRun(state: RunState, place: Place, { otherwise }: StepPlan): Promise<StepResult> {
  if (otherwise === undefined) return { status: 'skipped', because: 'its condition was false' };
  return done(await renderValue(state, place, otherwise));
}
