import { CancellationScope, isCancellation, sleep } from '@temporalio/workflow';
import type { ModelStepPlan, RetryPlan, StepPlan } from '../src/pipeline/plan.ts';
import { backoffMs, isRepeated } from '../src/pipeline/retry.ts';
import { runApproval } from './approve.ts';
import { callModel } from './call-model.ts';
import { callTool } from './call-tool.ts';
import { renderSmall, renderValue, type Place } from './call.ts';
import { done, failed, readError, type Called } from './called.ts';
import { converse } from './converse.ts';
import { runGroup } from './group.ts';
import { formAt, type Memory } from './memory.ts';
import { callPipeline } from './pipeline.ts';
import { waitOnce } from './reuse.ts';
import type { RunState } from './run-state.ts';
import { runSwitch } from './switch.ts';
import { runWait } from './wait.ts';

/** Makes the call of a step; its checks come after. */
export async function callStep(state: RunState, place: Place, step: StepPlan): Promise<Called> {
  switch (step.kind) {
    case 'model':
      return askModels(state, place, step);
    case 'tool':
      return callTool(state, place, step);
    case 'check':
    case 'set':
      return done(await renderValue(state, place, step.value));
    case 'fail':
      return failed('STEP_REFUSED', await reasonOf(state, place, step.reason));
    default:
      return tryForm(state, place, step);
  }
}

/** The reasons for the models of a step are those of its result. */
async function askModels(state: RunState, place: Place, step: ModelStepPlan): Promise<Called> {
  const { tools, choice } = step;
  const called = await (tools === undefined
    ? callModel(state, place, step)
    : converse(state, place, { ...step, tools }));
  return choice === undefined ? called : { ...called, choice };
}

type FormStep = Extract<StepPlan, { kind: 'steps' | 'switch' | 'pipeline' | 'approve' | 'wait' }>;

async function reasonOf(state: RunState, place: Place, reason: Parameters<typeof renderSmall>[2]): Promise<string> {
  const text = await renderSmall(state, place, reason);
  return typeof text === 'string' ? text : JSON.stringify(text ?? 'the reason is too long to show');
}

/** How often a form has been tried, this time included, and how often it may be. */
interface Tries {
  tried: number;
  upTo: number;
  startedAt: number;
  /** The pause before this try ends then. */
  notBefore?: number;
}

/** A form is tried again as a whole, from its beginning; each try has paths of its own. */
async function tryForm(state: RunState, place: Place, step: FormStep): Promise<Called> {
  const { retry } = step;
  const tries = formAt<Tries>(state.memory, triesAt(place.path), () => ({
    tried: 1,
    upTo: retry.attempts,
    startedAt: Date.now(),
  }));
  for (;;) {
    const pause = (tries.notBefore ?? 0) - Date.now();
    if (pause > 0) await sleep(pause);
    const path = tries.tried === 1 ? place.path : `${place.path}~${tries.tried}`;
    const called = await withTimeout(state, { ...place, path }, step);
    if (called.status === 'done') return { ...called, attempts: tries.tried };
    const pauseMs = backoffMs(retry, tries.tried);
    const isLate = retry.withinMs !== undefined && Date.now() + pauseMs - tries.startedAt >= retry.withinMs;
    if (tries.tried >= tries.upTo || isLate || !isRepeated(retry, called.error.code)) {
      return { ...called, attempts: tries.tried, error: { ...called.error, attempts: tries.tried } };
    }
    tries.tried += 1;
    tries.notBefore = Date.now() + pauseMs;
  }
}

function triesAt(path: string): string {
  return `${path}|tries`;
}

/** Lets a form that has failed be tried as often as it was at first. A call remembers nothing of its attempts. */
export function beginAnew({ forms }: Memory, path: string, { attempts }: RetryPlan): void {
  const tries = forms.get(triesAt(path)) as Tries | undefined;
  if (tries === undefined) return;
  const tried = tries.tried + 1;
  forms.set(triesAt(path), { tried, upTo: tried + attempts - 1, startedAt: Date.now() } satisfies Tries);
}

/** One try, within the time that it has; the time goes on when the run goes on in a new history. */
async function withTimeout(state: RunState, place: Place, step: FormStep): Promise<Called> {
  if (step.timeoutMs === undefined) return callForm(state, place, step);
  const form = formAt(state.memory, `${place.path}|timeout`, () => ({ until: Date.now() + (step.timeoutMs ?? 0) }));
  const scope = new CancellationScope();
  const timer = new CancellationScope();
  let isLate = false;
  const timing = timer
    .run(() => sleep(Math.max(form.until - Date.now(), 1)))
    .then(
      () => {
        isLate = true;
        scope.cancel();
      },
      () => undefined,
    );
  try {
    return await scope.run(() => callForm(state, place, step));
  } catch (error) {
    if (!isLate || !isCancellation(error)) throw error;
    return failed('STEP_TIMEOUT', `Cannot finish the step: it took longer than its timeout of ${step.timeoutMs} ms`);
  } finally {
    timer.cancel();
    await timing;
  }
}

async function callForm(state: RunState, place: Place, step: FormStep): Promise<Called> {
  try {
    switch (step.kind) {
      case 'steps':
        return await runGroup(state, place, step.body);
      case 'switch':
        return await runSwitch(state, place, step);
      case 'pipeline':
        return await callPipeline(state, place, step);
      case 'approve':
        return await waitOnce(state, place, { step, wait: () => runApproval(state, place, step) });
      case 'wait':
        return await waitOnce(state, place, { step, wait: () => runWait(state, place, step.wait) });
    }
  } catch (error) {
    if (isCancellation(error)) throw error;
    const { code, message } = readError(error);
    return failed(code, message);
  }
}
