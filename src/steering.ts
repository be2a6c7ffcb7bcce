import type {
  AnswerMessage,
  AnswerReceipt,
  EventMessage,
  RetryMessage,
  SkipMessage,
  TopUpMessage,
  TopUpReceipt,
} from '../workflows/messages.ts';
import type { Connection } from './client.ts';
import type { RunStatus } from './pipeline/view.ts';
import { tellRun, type Identified } from './tell-run.ts';

export type Answer = AnswerMessage & Identified;
export type RunEvent = EventMessage & Identified;
export type StepRetry = RetryMessage & Identified;
export type StepSkip = SkipMessage & Identified;
export type TopUp = TopUpMessage & Identified;
export type { AnswerReceipt, TopUpReceipt };

/** Lets running steps end and starts nothing new. Throws `RUN_UNKNOWN`, `RUN_ENDED`. */
export function pauseRun(connection: Connection, runId: string): Promise<RunStatus> {
  return tellRun(connection, runId, { update: 'pause', act: 'pause' });
}

/** Goes on after a pause. Throws `RUN_UNKNOWN`, `RUN_ENDED`. */
export function resumeRun(connection: Connection, runId: string): Promise<RunStatus> {
  return tellRun(connection, runId, { update: 'resume', act: 'resume' });
}

/**
 * Answers a step that waits for people; tells whether that decides it. Throws `ANSWER_REFUSED` when the answer is
 * not one that the step takes, or not from this person, or when the step does not wait for one.
 */
export function answerApproval(connection: Connection, runId: string, answer: Answer): Promise<AnswerReceipt> {
  return tellRun(connection, runId, { update: 'answerApproval', act: `answer step "${answer.step}" of`, said: answer });
}

/** Tells a run of an event; it is kept when no step waits for it yet. Throws `EVENT_REFUSED`. */
export function sendEvent(connection: Connection, runId: string, event: RunEvent): Promise<void> {
  return tellRun(connection, runId, { update: 'sendEvent', act: `send "${event.name}" to`, said: event });
}

/** Has a step that is held tried again. Throws `STEP_STATE`, `STEP_UNKNOWN`. */
export function retryStep(connection: Connection, runId: string, retry: StepRetry): Promise<void> {
  return tellRun(connection, runId, { update: 'retryStep', act: `retry step "${retry.step}" of`, said: retry });
}

/** Goes on without a step that is held, waits, or has not started, or with an output in its place. Throws `STEP_STATE`, `STEP_UNKNOWN`. */
export function skipStep(connection: Connection, runId: string, skip: StepSkip): Promise<void> {
  return tellRun(connection, runId, { update: 'skipStep', act: `skip step "${skip.step}" of`, said: skip });
}

/**
 * Raises what a run asks for, or else its own budget; that of a step when one is named. Tells which are higher now.
 * Throws `TOP_UP_REFUSED` when there is none of that kind.
 */
export function topUpRun(connection: Connection, runId: string, topUp: TopUp): Promise<TopUpReceipt> {
  return tellRun(connection, runId, { update: 'topUp', act: 'top up', said: topUp });
}
