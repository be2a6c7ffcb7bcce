import { workflowInfo } from '@temporalio/workflow';
import type { ModelCallResult, Reusable } from '../activities/calls.ts';
import type { ModelCandidate, ModelStepPlan, Template } from '../src/pipeline/plan.ts';
import type { PassedOver } from '../src/pipeline/result.ts';
import { modelPolicy } from './activity-options.ts';
import type { Attempted } from './attempts.ts';
import { boundOf } from './bound.ts';
import { withinBudget } from './budget.ts';
import { callOf, makeCall, type Place } from './call.ts';
import type { Called } from './called.ts';
import { reuse } from './reuse.ts';
import { addSpending, type RunState } from './run-state.ts';

/** Asks the candidates of a step in their order until one answers; each that could not is recorded. */
export async function callModel(state: RunState, place: Place, step: ModelStepPlan): Promise<Called> {
  const before = await reuse(state, place, { made: madeOf(step), templates: templatesOf(step) });
  if (before !== undefined) return before;
  const passedOver: PassedOver[] = [];
  let attempts = 0;
  for (const candidate of step.candidates) {
    const asked = await askCandidate(state, place, { step, candidate });
    attempts += asked.ok ? asked.attempts : asked.failure.attempts;
    if (asked.ok) return answered(state, place, { result: asked.result, attempts, passedOver });
    const { code, message } = asked.failure;
    passedOver.push({ model: nameOf(candidate), code, message });
    if (code === 'BUDGET_EXCEEDED') break;
  }
  const last = passedOver.at(-1) as PassedOver;
  const facts = { attempts, model: last.model, costNanoUsd: 0, checks: [], passedOver: passedOver.slice(0, -1) };
  return { status: 'failed', error: { code: last.code, message: last.message, attempts }, ...facts };
}

async function askCandidate(
  state: RunState,
  place: Place,
  { step, candidate }: { step: ModelStepPlan; candidate: ModelCandidate },
): Promise<Attempted<ModelCallResult>> {
  const { maxOutputTokens } = step;
  const policy = modelPolicy(step, {
    summary: `${place.path}: ${nameOf(candidate)}`,
    provider: candidate.provider,
    taskQueue: workflowInfo().taskQueue,
    hasAlternative: candidate !== step.candidates.at(-1),
  });
  const bound = await boundOf(state, place, { step, candidate });
  const limits = { maxOutputTokens, ...(bound === undefined ? {} : { bound }) };
  const call = { ...callOf(state, place, templatesOf(step)), candidate, ...limits, ...requestOf(step) };
  return makeCall(
    state,
    { frame: place.frame, name: 'invokeModel' },
    { call, policy, around: (make) => withinBudget(state, { path: place.path, bound }, make) },
  );
}

function madeOf(step: ModelStepPlan): Extract<Reusable, { kind: 'model' }> {
  const { kind, candidates, maxOutputTokens } = step;
  return { kind, candidates, maxOutputTokens, ...requestOf(step) };
}

/** What the model is asked, as far as the step says it. */
function requestOf(step: ModelStepPlan): Pick<ModelStepPlan, (typeof REQUEST_FIELDS)[number]> {
  return Object.fromEntries(
    REQUEST_FIELDS.flatMap((field) => (step[field] === undefined ? [] : [[field, step[field]]])),
  ) as Pick<ModelStepPlan, (typeof REQUEST_FIELDS)[number]>;
}

const REQUEST_FIELDS = ['system', 'prompt', 'messages', 'attach', 'output', 'temperature'] as const;

function templatesOf({ system, prompt, messages = [], attach = [], output }: ModelStepPlan): readonly Template[] {
  const single = [system, prompt, output].filter((template) => template !== undefined);
  return [...single, ...messages.map(({ text }) => text), ...attach];
}

function answered(
  state: RunState,
  { frame }: Place,
  { result, attempts, passedOver }: { result: ModelCallResult; attempts: number; passedOver: readonly PassedOver[] },
): Called {
  const { output, model, usage, costNanoUsd, key } = result;
  addSpending(state, frame, { usage, costNanoUsd });
  return {
    status: 'done',
    output,
    attempts,
    model,
    usage,
    costNanoUsd,
    checks: [],
    ...(key === undefined ? {} : { key }),
    ...(passedOver.length === 0 ? {} : { passedOver }),
  };
}

function nameOf(candidate: ModelCandidate): string {
  return `${candidate.provider}/${candidate.model}`;
}
