import type { Json } from '../../pipeline/json.ts';
import type { CompensationView, RunView } from '../../pipeline/view.ts';
import { elapsedText, tokensText, totalCostText } from './amounts.ts';
import { runsCommand } from './asks.ts';
import { printableLine } from './printable.ts';
import { runReport } from './report.ts';
import { errorLine, errorText } from './step-error.ts';
import { stepLines } from './step-lines.ts';
import { STATUS_STYLE } from './steps-table.ts';
import type { Lines, Paint } from './terminal.ts';
import { shortValuesLines } from './values.ts';

/** A run with its outputs whole. */
export interface RunEnd {
  readonly view: RunView;
  readonly outputs: Readonly<Record<string, Json>>;
  readonly link: string | undefined;
}

export function endReport({ view, outputs, link }: RunEnd): object {
  return { ...runReport(view), outputs, web_ui: link };
}

/** The outputs, long ones cut, with what shows them whole. */
export function shortOutputs({ view, outputs }: RunEnd, paint: Paint): Lines {
  return shortValuesLines(outputs, `${runsCommand('show', view.runId)} --full`, paint);
}

/** What a run gave, or why it did not; what it took; where to see more. */
export function endLines({ view, link }: RunEnd, outputLines: Lines, paint: Paint): Lines {
  return [
    ...section('Outputs', outputLines),
    ...section('Taken although checks are not passed', missedLines(view)),
    ...(view.error === undefined ? [] : ['', errorLine(view.error, paint), againLine(view)]),
    '',
    totalsLine(view, paint),
    ...(link === undefined ? [] : [paint('dim', link)]),
  ];
}

/** Outputs that were taken as they are; `runs report` says more of them. */
function missedLines({ runId, steps }: RunView): Lines {
  const missed = stepLines(steps).flatMap(({ step, path }) => {
    if (step.status !== 'done') return [];
    const failed = step.checks.filter(({ passed }) => !passed);
    return failed.map(({ check, reason }) => `  ${path} ${check}: ${printableLine(reason)}`);
  });
  if (missed.length === 0) return [];
  return [...missed.slice(0, MISSED_SHOWN), `  all of them: ${runsCommand('report', runId)}`];
}

const MISSED_SHOWN = 10;

/** What of a run that did not go well was undone, and what was not. */
export function undoneLines({ runId, compensations = [] }: RunView): Lines {
  const done = compensations.filter(({ status }) => status === 'done').map(({ step }) => step);
  const left = compensations.filter(({ status }) => status !== 'done');
  const lines = [
    ...(done.length === 0 ? [] : [`undone: ${[...firstOf(done), ...restOf(done)].join(', ')}`]),
    ...firstOf(left).map(notUndoneLine),
    ...restOf(left).map((rest) => `not undone: ${rest}`),
  ];
  if (lines.length === 0) return [];
  const isShort = Math.max(done.length, left.length) <= UNDONE_SHOWN;
  return ['', ...lines, ...(isShort ? [] : [`  all of them: ${runsCommand('show', runId)}`])];
}

/** A loop over many items leaves as many to undo. */
const UNDONE_SHOWN = 10;

function firstOf<T>(list: readonly T[]): readonly T[] {
  return list.slice(0, UNDONE_SHOWN);
}

function restOf(list: readonly unknown[]): readonly string[] {
  return list.length > UNDONE_SHOWN ? [`and ${list.length - UNDONE_SHOWN} more`] : [];
}

function notUndoneLine({ step, status, error }: CompensationView): string {
  if (error !== undefined) return `not undone: ${step}: ${errorText(error)}`;
  return `not undone: ${step}: ${status === 'unknown' ? 'nobody knows whether it took effect' : 'the run was stopped'}`;
}

/** A titled part of an answer; nothing when it is empty. */
export function section(title: string, lines: Lines): Lines {
  return lines.length === 0 ? [] : ['', title, ...lines];
}

/** What failed is done again, and what comes after it. */
function againLine({ runId, error }: RunView): string {
  const from = error?.stepId === undefined ? [] : ['--from', error.stepId];
  return `  try again${from.length === 0 ? '' : ' from there'}: ${runsCommand('fork', runId, ...from)}`;
}

function totalsLine(view: RunView, paint: Paint): string {
  const took = view.endedAt === undefined ? [] : [elapsedText(view.endedAt - view.startedAt)];
  const facts = [...took, tokensText(view.usage), totalCostText(view)];
  return `${paint(STATUS_STYLE[view.status], view.status)}  ${facts.join('  ')}`;
}
