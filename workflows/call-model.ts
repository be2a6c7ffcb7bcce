import type { ModelCallResult, Reusable } from '../activities/calls.ts';
import { askedTemplates } from '../src/pipeline/model-templates.ts';
import type { QuestionPlan } from '../src/pipeline/plan.ts';
import type { PassedOver, Purchase } from '../src/pipeline/result.ts';
import { askCandidates, questionOf } from './ask-candidates.ts';
import type { Place } from './call.ts';
import type { Called } from './called.ts';
import { reuse } from './reuse.ts';
import { addSpending, type RunState } from './run-state.ts';

/** Asks the models of a step, unless the run that this one is a fork of has the answer. */
export async function callModel(state: RunState, place: Place, step: QuestionPlan): Promise<Called> {
  const before = await reuse(state, place, { made: madeOf(state, step), templates: askedTemplates(step) });
  if (before !== undefined) return before;
  const replied = await askCandidates(state, place, { step });
  if (replied.ok) return answered(state, place, replied);
  const { error, model, attempts, passedOver, purchases } = replied;
  const bill = purchases.length === 0 ? {} : { purchases };
  return { status: 'failed', error, attempts, model, costNanoUsd: 0, checks: [], passedOver, ...bill };
}

/** What a fork compares a call by. */
export function madeOf({ root }: RunState, step: QuestionPlan): Extract<Reusable, { kind: 'model' }> {
  const { candidates, maxOutputTokens, temperature, tools, maxTurns, attach } = step;
  return {
    kind: 'model',
    candidates,
    maxOutputTokens,
    ...questionOf(step),
    ...(temperature === undefined ? {} : { temperature }),
    ...(tools === undefined ? {} : { tools }),
    ...(maxTurns === undefined ? {} : { maxTurns }),
    ...(attach === undefined || root.files === undefined ? {} : { files: root.files }),
  };
}

interface Answered {
  readonly result: ModelCallResult;
  readonly attempts: number;
  readonly passedOver: readonly PassedOver[];
  readonly purchases: readonly Purchase[];
}

function answered(state: RunState, { frame }: Place, { result, attempts, passedOver, purchases }: Answered): Called {
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
    ...(purchases.length === 0 ? {} : { purchases }),
    ...(passedOver.length === 0 ? {} : { passedOver }),
  };
}
