import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Json } from '../src/pipeline/json.ts';
import type { Amount } from '../src/pipeline/ledger.ts';
import type { CallRecord } from '../src/pipeline/result.ts';
import type { StoredValue } from '../src/pipeline/value.ts';
import type { RunStatus, RunView } from '../src/pipeline/view.ts';

/** What may be said to a run. A step is named by its path: `approve`, `refine#2/review`, `drafts[3]`. */

/** An answer to an approval. A person answers once. */
export interface AnswerMessage {
  readonly step: string;
  readonly choice: string;
  /** In place of what `edit` offered. */
  readonly edited?: Json;
  /** The filled-in form. */
  readonly answer?: Json;
  readonly comment?: string;
  /** Who answers, and the groups that this person is in: what the sender says. */
  readonly by: string;
  readonly groups?: readonly string[];
}

export interface AnswerReceipt {
  readonly answers: number;
  readonly isDecided: boolean;
}

/** Something that happened outside, for a step that waits for it. */
export interface EventMessage {
  readonly name: string;
  readonly payload: Json;
}

export interface RetryMessage {
  readonly step: string;
}

/** Without `output` the step counts as skipped, with it as done. */
export interface SkipMessage {
  readonly step: string;
  readonly output?: Json;
}

/** More of the budget: dollars, tokens, or both. */
export interface TopUpMessage {
  readonly usd?: number;
  readonly tokens?: number;
  /** The path of a step that goes on and has a budget; without it what the run asks for is raised, or else its own budget. */
  readonly step?: string;
}

/** The budgets that a top-up has raised. */
export interface TopUpReceipt {
  readonly isRun: boolean;
  /** By the paths of their steps. */
  readonly steps: readonly string[];
}

/** What a part tells the run around it: what it lacks for its next call, and what it would take besides. */
export interface NeedMessage {
  /** The workflow id of the part. */
  readonly part: string;
  readonly missing: Amount;
  readonly more: Amount;
}

/** What people are asked for by a part of the run: nothing any more when nothing is missing. */
export interface LackMessage {
  /** The workflow id of the part. */
  readonly part: string;
  /** The path of the step whose budget is too low. */
  readonly step?: string;
  readonly missing: Amount;
}

/** A top-up for a part. */
export interface RaiseMessage {
  readonly step: string;
  readonly amount: Amount;
}

/** The answer; without an amount there is no more. */
export interface GrantMessage {
  readonly amount?: Amount;
}

/** What has been called so far, for the bill: in this history, and in artifacts that hold lists of more. Long values are left out. */
export interface CallsView {
  readonly calls: readonly CallRecord[];
  readonly moreCalls: readonly StoredValue[];
}

export const describe = defineQuery<RunView>('describe');
export const listCalls = defineQuery<CallsView>('listCalls');

/**
 * The updates. Temporal forgets their ids when a run goes on in a new history, so a run keeps those that it has
 * applied: whoever is not sure that one arrived sends it again under the same id, and gets the same answer.
 */
export const pause = defineUpdate<RunStatus>('pause');
export const resume = defineUpdate<RunStatus>('resume');
/** Tells how many answers there are now, and whether they decide. */
export const answerApproval = defineUpdate<AnswerReceipt, [AnswerMessage]>('answerApproval');
export const sendEvent = defineUpdate<void, [EventMessage]>('sendEvent');
export const retryStep = defineUpdate<void, [RetryMessage]>('retryStep');
/** Tells which budgets are higher now. */
export const topUp = defineUpdate<TopUpReceipt, [TopUpMessage]>('topUp');
export const skipStep = defineUpdate<void, [SkipMessage]>('skipStep');

/** The same for any Temporal client: `temporal workflow signal --name pause`. */
export const pauseSignal = defineSignal('pause');
export const resumeSignal = defineSignal('resume');
export const eventSignal = defineSignal<[EventMessage & { readonly offer?: number }]>('event');

/** What a part tells the run around it when that changes: whether it only waits for people or for others. */
export interface PartMessage {
  /** The workflow id of the part. */
  readonly part: string;
  readonly isWaiting: boolean;
}

/** A part asks for an event that it was offered, by its number in the run around it. */
export interface ClaimMessage {
  readonly part: string;
  readonly number: number;
}

/** Who gets an event that parts were offered. */
export interface SettleMessage {
  readonly number: number;
  readonly isYours: boolean;
}

/** Between a run and its parts. */
export const notePart = defineSignal<[PartMessage]>('notePart');
export const claimEvent = defineSignal<[ClaimMessage]>('claimEvent');
export const settleEvent = defineSignal<[SettleMessage]>('settleEvent');
export const needMoney = defineSignal<[NeedMessage]>('needMoney');
export const grantMoney = defineSignal<[GrantMessage]>('grantMoney');
export const lackMoney = defineSignal<[LackMessage]>('lackMoney');
export const raiseBudget = defineSignal<[RaiseMessage]>('raiseBudget');
