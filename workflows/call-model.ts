import type { ModelCallResult } from '../activities/calls.ts';
import type { ModelCandidate, ModelStepPlan } from '../src/pipeline/plan.ts';
import type { PassedOver } from '../src/pipeline/result.ts';
import { modelPolicy } from './activity-options.ts';
import type { Attempted } from './attempts.ts';
import { callOf, makeCall } from './call.ts';
import { addSpending, type RunState } from './run-state.ts';
import type { Called } from './run-step.ts';

/** Asks the candidates of a step in their order until one answers; each that could not is recorded. */
export async function callModel(state: RunState, step: ModelStepPlan): Promise<Called> {
  const passedOver: PassedOver[] = [];
  let attempts = 0;
  for (const candidate of step.candidates) {
    const asked = await askCandidate(state, step, candidate);
    attempts += asked.ok ? asked.attempts : asked.failure.attempts;
    if (asked.ok) return answered(state, asked.result, { attempts, passedOver });
    const { code, message } = asked.failure;
    passedOver.push({ model: nameOf(candidate), code, message });
  }
  const last = passedOver.at(-1) as PassedOver;
  const facts = { attempts, model: last.model, costNanoUsd: 0, checks: [], passedOver: passedOver.slice(0, -1) };
  return { status: 'failed', error: { code: last.code, message: last.message, attempts }, ...facts };
}

function askCandidate(
  state: RunState,
  step: ModelStepPlan,
  candidate: ModelCandidate,
): Promise<Attempted<ModelCallResult>> {
  const { id, timeoutMs, retry, system, prompt, output, temperature, maxOutputTokens } = step;
  const templates = [system, prompt, output].filter((template) => template !== undefined);
  const policy = modelPolicy({ summary: `${id}: ${nameOf(candidate)}`, timeoutMs, retry });
  const call = {
    ...callOf(state, id, templates),
    candidate,
    prompt,
    maxOutputTokens,
    ...(system === undefined ? {} : { system }),
    ...(output === undefined ? {} : { output }),
    ...(temperature === undefined ? {} : { temperature }),
  };
  return makeCall(state, 'invokeModel', { call, policy });
}

function answered(
  state: RunState,
  result: ModelCallResult,
  { attempts, passedOver }: { attempts: number; passedOver: readonly PassedOver[] },
): Called {
  const { output, model, usage, costNanoUsd } = result;
  addSpending(state, { usage, costNanoUsd });
  return {
    status: 'done',
    output,
    attempts,
    model,
    usage,
    costNanoUsd,
    checks: [],
    ...(passedOver.length === 0 ? {} : { passedOver }),
  };
}

function nameOf(candidate: ModelCandidate): string {
  return `${candidate.provider}/${candidate.model}`;
}
