import { workflowInfo } from '@temporalio/workflow';
import type { ModelCall, ModelCallResult, ModelTurn } from '../activities/calls.ts';
import { askedTemplates } from '../src/pipeline/model-templates.ts';
import type { ModelCandidate } from '../src/pipeline/model-plan.ts';
import type { QuestionPlan } from '../src/pipeline/plan.ts';
import type { PassedOver, Purchase, StepError } from '../src/pipeline/result.ts';
import { modelPolicy } from './activity-options.ts';
import type { Attempted } from './attempts.ts';
import { boundOf, type TurnSent } from './bound.ts';
import { withinBudget } from './budget.ts';
import { callOf, makeCall, noteStopped, type Place } from './call.ts';
import { readError } from './called.ts';
import { purchasesIn } from './purchases.ts';
import type { RunState } from './run-state.ts';

/** One request to the models of a step. */
export interface Question {
  readonly step: QuestionPlan;
  /** The candidate that is asked first; those before it are passed over already. */
  readonly from?: number;
  /** Of a conversation with tools. */
  readonly turn?: { readonly asked: ModelTurn; readonly sent: TurnSent };
}

/** What became of it. */
export type Replied = {
  readonly attempts: number;
  /** Candidates that could not answer. */
  readonly passedOver: readonly PassedOver[];
  /** Everything that was bought, from all of them. */
  readonly purchases: readonly Purchase[];
} & (
  | { readonly ok: true; readonly result: ModelCallResult; readonly candidate: number }
  | { readonly ok: false; readonly error: StepError; readonly model: string }
);

/** Asks the candidates of a step in their order until one answers; each that could not is recorded. */
export async function askCandidates(state: RunState, place: Place, question: Question): Promise<Replied> {
  const { step, from = 0 } = question;
  const passedOver: PassedOver[] = [];
  const purchases: Purchase[] = [];
  let attempts = 0;
  for (const [index, candidate] of step.candidates.entries()) {
    if (index < from) continue;
    const asked = await askCandidate(state, place, { ...question, candidate }).catch((error: unknown) => {
      noteStopped(state, place.path, purchases);
      throw error;
    });
    attempts += asked.ok ? asked.attempts : asked.failure.attempts;
    purchases.push(...purchasesIn(candidate, asked));
    if (asked.ok) return { ok: true, result: asked.result, candidate: index, attempts, passedOver, purchases };
    const { code, message } = asked.failure;
    passedOver.push({ model: nameOf(candidate), code, message });
    if (code === 'BUDGET_EXCEEDED') break;
  }
  const { model, code, message } = passedOver.pop() as PassedOver;
  return { ok: false, error: { code, message, attempts }, model, attempts, passedOver, purchases };
}

async function askCandidate(
  state: RunState,
  place: Place,
  { step, candidate, turn }: Question & { readonly candidate: ModelCandidate },
): Promise<Attempted<ModelCallResult>> {
  const { maxOutputTokens } = step;
  const policy = modelPolicy(step, {
    summary: `${place.path}: ${nameOf(candidate)}`,
    provider: candidate.provider,
    taskQueue: workflowInfo().taskQueue,
    hasAlternative: candidate !== step.candidates.at(-1),
  });
  const bound = await boundOf(state, place, {
    step: turn?.asked.transcript === undefined ? step : withoutQuestion(step),
    candidate,
    ...(turn === undefined ? {} : { turn: turn.sent }),
  }).catch((error: unknown) => readError(error));
  if (bound !== undefined && 'code' in bound) return { ok: false, failure: bound, bill: { purchases: [], lost: [] } };
  const limits = { maxOutputTokens, ...(bound === undefined ? {} : { bound }) };
  const call = { ...requestOf(state, place, { step, turn: turn?.asked }), candidate, ...limits };
  return makeCall(
    state,
    { frame: place.frame, name: 'invokeModel' },
    { call, policy, around: (make) => withinBudget(state, { path: place.path, bound }, make) },
  );
}

/** What the model is asked. The turns of a conversation after the first one say what is new only. */
function requestOf(
  state: RunState,
  place: Place,
  { step, turn }: { readonly step: QuestionPlan; readonly turn: ModelTurn | undefined },
): Omit<ModelCall, 'candidate' | 'maxOutputTokens'> {
  const { files } = state.root;
  const { temperature, accept, attach } = step;
  const rest = {
    ...(temperature === undefined ? {} : { temperature }),
    ...(accept === undefined ? {} : { accept }),
    ...(turn === undefined ? {} : { turn }),
  };
  if (turn?.transcript !== undefined) return { ...callOf(state, place, []), ...rest };
  const attached = attach === undefined || files === undefined ? {} : { files };
  return { ...callOf(state, place, askedTemplates(step)), ...questionOf(step), ...attached, ...rest };
}

type Words = Pick<QuestionPlan, (typeof QUESTION_FIELDS)[number]>;

/** The words of a step, as far as it has some. */
export function questionOf(step: QuestionPlan): Words {
  return Object.fromEntries(
    QUESTION_FIELDS.flatMap((field) => (step[field] === undefined ? [] : [[field, step[field]]])),
  ) as Words;
}

const QUESTION_FIELDS = ['system', 'prompt', 'messages', 'attach', 'output'] as const;

/** These stand in the transcript from the first turn on; files do not, and are sent again each time. */
function withoutQuestion(step: QuestionPlan): QuestionPlan {
  const { system: _, prompt: __, messages: ___, ...rest } = step;
  return rest;
}

function nameOf(candidate: ModelCandidate): string {
  return `${candidate.provider}/${candidate.model}`;
}
