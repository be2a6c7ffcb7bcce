import type { JsonObject } from '../../pipeline/json.ts';
import type { ApprovalView, BudgetAskView, HeldView, RunView, WaitView } from '../../pipeline/view.ts';
import { selfCommand, shellWord } from '../self.ts';
import { isoTime } from './amounts.ts';
import { answerWords, payloadWords } from './answer-words.ts';
import { approvalReport, heldReport, moneyReport, waitReport } from './ask-report.ts';
import { printableLine } from './printable.ts';
import { errorText } from './step-error.ts';
import type { Lines, Paint } from './terminal.ts';

/** Something that a run waits for from outside, and the commands that give it. */
export interface Ask {
  readonly kind: 'approval' | 'held' | 'wait' | 'budget';
  readonly report: JsonObject;
  /** The path of the step, or what else asks. */
  readonly step: string;
  /** What is asked, on one line. */
  readonly text: string;
  /** Who is asked, what may be said, until when. */
  readonly facts: readonly string[];
  readonly commands: readonly string[];
}

/** Everything that a run waits for: money first, answers, then decisions, then events and times. */
export function asksOf({ runId, approvals = [], held = [], waits = [], budget }: RunView): readonly Ask[] {
  return [
    ...(budget?.asks ?? []).map((ask) => askOfBudget(runId, ask)),
    ...approvals.map((approval) => askOfApproval(runId, approval)),
    ...held.map((step) => askOfHeld(runId, step)),
    ...waits.map((wait) => askOfWait(runId, wait)),
  ];
}

function askOfBudget(runId: string, ask: BudgetAskView): Ask {
  const { step, missing } = ask;
  const { nanoUsd, tokens } = missing;
  const usd = nanoUsd / 1e9;
  const lacks = [...(usd > 0 ? [`$${usd}`] : []), ...(tokens > 0 ? [`${tokens} tokens`] : [])];
  const amounts = [...(usd > 0 ? ['--usd', String(usd)] : []), ...(tokens > 0 ? ['--tokens', String(tokens)] : [])];
  const words = [...(step === undefined ? [] : ['--step', step]), ...amounts];
  return {
    kind: 'budget',
    report: moneyReport(ask),
    step: step === undefined ? 'budget' : `budget of ${printableLine(step)}`,
    text: `the next call may take ${lacks.join(' and ')} more than is left`,
    facts: [],
    commands: [runsCommand('top-up', runId, ...words)],
  };
}

function askOfApproval(runId: string, approval: ApprovalView): Ask {
  const { step, message } = approval;
  return {
    kind: 'approval',
    report: approvalReport(approval),
    step,
    text: printableLine(message),
    facts: approvalFacts(approval),
    commands: [runsCommand('approve', runId, step, ...answerWords(approval))],
  };
}

export function approvalFacts(approval: ApprovalView): readonly string[] {
  const { to, options, deadline, quorum, answers, isEscalated, reminders } = approval;
  return [
    to.length === 0 ? 'anybody may answer' : `asked: ${to.map(printableLine).join(', ')}`,
    options.map(printableLine).join(' or '),
    ...(quorum === 1 ? [] : [`${answers.length} answered, ${quorum} must agree`]),
    ...(deadline === undefined ? [] : [`until ${isoTime(deadline)}`]),
    ...(reminders === 0 ? [] : [`reminders: ${reminders}`]),
    ...(isEscalated ? ['escalated'] : []),
  ];
}

function askOfHeld(runId: string, held: HeldView): Ask {
  const { step, error } = held;
  return {
    kind: 'held',
    report: heldReport(held),
    step,
    text: errorText(error),
    facts: ['held: have it tried again, or go on without it'],
    commands: [runsCommand('retry', runId, step), runsCommand('skip', runId, step)],
  };
}

function askOfWait(runId: string, wait: WaitView): Ask {
  const { step, event, schema, until } = wait;
  const deadline = until === undefined ? [] : [`until ${isoTime(until)}`];
  const common = { kind: 'wait', report: waitReport(wait), step } as const;
  if (event === undefined) return { ...common, text: ['waits', ...deadline].join(' '), facts: [], commands: [] };
  const text = printableLine(`waits for event "${event}"`);
  return { ...common, text, facts: deadline, commands: [runsCommand('send', runId, event, ...payloadWords(schema))] };
}

export function runsCommand(verb: string, ...words: readonly string[]): string {
  return [selfCommand(process.env), 'runs', verb, ...words.map(shellWord)].join(' ');
}

export function askLines({ step, text, facts, commands }: Ask, paint: Paint): Lines {
  return [
    `${paint('yellow', '?')} ${paint('bold', step)}: ${text}`,
    ...(facts.length === 0 ? [] : [`  ${paint('dim', facts.join('; '))}`]),
    ...commands.map((command) => `  ${command}`),
  ];
}
