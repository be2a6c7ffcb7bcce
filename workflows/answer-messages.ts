import { ApplicationFailure, currentUpdateInfo, setHandler } from '@temporalio/workflow';
import type { ErrorCode } from '../src/errors.ts';
import type { StepPlan } from '../src/pipeline/plan.ts';
import type { CallRecord } from '../src/pipeline/result.ts';
import type { RunView } from '../src/pipeline/view.ts';
import { GRANT, raise } from '../src/pipeline/ledger.ts';
import { noteStatus } from './attributes.ts';
import { answerNeed, noteAsk } from './budget.ts';
import { moneyOf } from './money.ts';
import { amountOf, raiseBudgets, topUpProblem } from './top-up.ts';
import type { Frame } from './frame.ts';
import {
  answerApproval,
  describe,
  listCalls,
  eventSignal,
  pause,
  pauseSignal,
  resume,
  resumeSignal,
  retryStep,
  sendEvent,
  needMoney,
  grantMoney,
  lackMoney,
  raiseBudget,
  topUp,
  skipStep,
  claimEvent,
  notePart,
  settleEvent,
} from './messages.ts';
import { acceptAnswer, answerProblem } from './answer-approval.ts';
import { acceptEvent, eventProblem } from './accept-event.ts';
import { answerClaim, settleClaim } from './events.ts';
import type { KeptEvent } from './steering.ts';
import { statusOf, wakeAll, type RunState } from './run-state.ts';
import { retry, retryProblem, skip, skipProblem } from './decide-step.ts';

/** The steps of this history that nothing else holds. */
export interface Top {
  readonly frame: Frame;
  readonly steps: readonly StepPlan[];
  /** Where the only step of a part is. */
  readonly at?: string;
}

/** Why something cannot be done that was asked for. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
}

const IGNORED_MAX = 20;

/** Answers the query, the updates and the signals of a run or of a part. Nothing here waits: what is said counts at once. */
export function answerMessages(
  state: RunState,
  { top, view }: { readonly top: Top; readonly view: () => RunView },
): void {
  setHandler(describe, view);
  setHandler(listCalls, () => ({ calls: state.calls.map(withoutOutput), moreCalls: state.moreCalls }));
  answerPauses(state);
  setHandler(answerApproval, (message) => once(state, () => acceptAnswer(state, message)), {
    validator: (message) => refuse(state, () => answerProblem(state, message)),
  });
  setHandler(sendEvent, (message) => once(state, () => acceptEvent(state, message)), {
    validator: (message) => refuse(state, () => eventProblem(state, top, message)),
  });
  setHandler(retryStep, (message) => once(state, () => retry(state, message)), {
    validator: (message) => refuse(state, () => retryProblem(state, top, message)),
  });
  setHandler(skipStep, (message) => once(state, () => skip(state, top, message)), {
    validator: (message) => refuse(state, () => skipProblem(state, top, message)),
  });
  setHandler(topUp, (message) => once(state, () => raiseBudgets(state, message.step, amountOf(message))), {
    validator: (message) => refuse(state, () => topUpProblem(state, message)),
  });
  setHandler(needMoney, (message) => void answerNeed(state, message).catch(() => undefined));
  setHandler(grantMoney, ({ amount }) => {
    const { money } = state;
    if (money === undefined) return;
    if (amount === undefined) money.isRefused = true;
    else money.ledger = raise(money.ledger, GRANT, amount);
  });
  setHandler(lackMoney, (asked) => {
    noteAsk(state, moneyOf(state), asked);
    wakeAll(state);
  });
  setHandler(raiseBudget, ({ step, amount }) => void raiseBudgets(state, step, amount));
  setHandler(eventSignal, (message: KeptEvent) => {
    const problem = eventProblem(state, top, message);
    if (problem === undefined) acceptEvent(state, message);
    // What a part is offered may be meant for another.
    else if (message.offer === undefined) note(state, problem.message);
  });
  answerParts(state);
}

function answerParts(state: RunState): void {
  setHandler(notePart, ({ part, isWaiting }) => {
    const { waitingParts } = state.steering;
    if (isWaiting) waitingParts.add(part);
    else waitingParts.delete(part);
    noteStatus(state);
  });
  setHandler(claimEvent, (message) => void answerClaim(state, message).catch(() => undefined));
  setHandler(settleEvent, (message) => settleClaim(state, message));
}

/** A bill says what was bought, not what it was; verdicts are short, and told. */
function withoutOutput(call: CallRecord): CallRecord {
  const { kind, result } = call;
  if (kind === 'check') return call;
  return result.status === 'done' ? { ...call, result: { ...result, output: { inline: null } } } : call;
}

function answerPauses(state: RunState): void {
  const setPaused = (isPaused: boolean) => () => {
    if (state.steering.isPaused === isPaused) return statusOf(state);
    state.steering.isPaused = isPaused;
    for (const { handle } of state.steering.children.values()) {
      // A part that has just ended cannot be told, and need not be.
      void handle.signal(isPaused ? 'pause' : 'resume').catch(() => undefined);
    }
    wakeAll(state);
    noteStatus(state);
    return statusOf(state);
  };
  const validator = (): void => refuse(state, () => undefined);
  setHandler(pause, setPaused(true), { validator });
  setHandler(resume, setPaused(false), { validator });
  setHandler(pauseSignal, () => void setPaused(true)());
  setHandler(resumeSignal, () => void setPaused(false)());
}

/** An update that was applied before, in an earlier history, is answered as it was then. */
function once<T>(state: RunState, act: () => T): T {
  const { applied } = state.steering;
  const id = currentUpdateInfo()?.id ?? '';
  const before = applied.find(([known]) => known === id);
  if (before !== undefined) return before[1] as T;
  const answer = act();
  applied.push([id, answer ?? null]);
  return answer;
}

/** What is said while the record is written would be lost. */
const ENDED: Refusal = { code: 'RUN_ENDED', message: 'Cannot tell the run anything: it has ended' };

/** Throws out of a validator, so that history never sees what was refused. */
function refuse(state: RunState, problemOf: () => Refusal | undefined): void {
  const id = currentUpdateInfo()?.id;
  if (state.steering.applied.some(([known]) => known === id)) return;
  const problem = state.outcome === undefined ? problemOf() : ENDED;
  if (problem === undefined) return;
  const error = ApplicationFailure.create({ type: problem.code, message: problem.message, nonRetryable: true });
  error.stack = '';
  throw error;
}

/** A signal cannot be refused: what it said in vain is kept for people. */
function note({ steering }: RunState, text: string): void {
  steering.ignored.push(text);
  if (steering.ignored.length > IGNORED_MAX) steering.ignored.shift();
}
