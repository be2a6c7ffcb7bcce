import type { JsonObject } from '../../pipeline/json.ts';
import type { StoredValue } from '../../pipeline/value.ts';
import type { ApprovalView, BudgetAskView, HeldView, RunView, WaitView } from '../../pipeline/view.ts';
import { isoTime } from './amounts.ts';
import { errorReport } from './step-error.ts';

/** What a run waits for from outside, as `--json` shows it. */
export function askReports({ approvals, held, waits, budget }: RunView): JsonObject {
  return {
    ...(budget?.asks === undefined ? {} : { money: budget.asks.map(moneyReport) }),
    ...(approvals === undefined ? {} : { approvals: approvals.map(approvalReport) }),
    ...(held === undefined ? {} : { held: held.map(heldReport) }),
    ...(waits === undefined ? {} : { waits: waits.map(waitReport) }),
  };
}

/** A budget that is too low, and what it lacks; that of the run has no step. */
export function moneyReport({ step, missing: { nanoUsd, tokens } }: BudgetAskView): JsonObject {
  return { step: step ?? null, usd: nanoUsd / 1e9, tokens };
}

export function approvalReport(approval: ApprovalView): JsonObject {
  const { step, message, to, options, quorum, askedAt, deadline, answers, reminders, isEscalated } = approval;
  return {
    step,
    message,
    to: [...to],
    options: [...options],
    ...(approval.edit === undefined ? {} : { edit: shown(approval.edit) }),
    ...(approval.answer === undefined ? {} : { answer_schema: approval.answer }),
    quorum,
    asked_at: isoTime(askedAt),
    deadline: deadline === undefined ? null : isoTime(deadline),
    answers: answers.map(({ at, ...answer }) => ({ ...answer, at: isoTime(at) })),
    reminders,
    is_escalated: isEscalated,
  };
}

/** A long text to edit is named, not loaded. */
function shown(value: StoredValue): JsonObject {
  return 'inline' in value ? { value: value.inline } : { artifact: { ...value.artifact } };
}

export function heldReport({ step, error, since }: HeldView): JsonObject {
  return { step, error: errorReport(error), since: isoTime(since) };
}

export function waitReport({ step, event, schema, until }: WaitView): JsonObject {
  return {
    step,
    event: event ?? null,
    ...(schema === undefined ? {} : { payload_schema: schema }),
    until: until === undefined ? null : isoTime(until),
  };
}
