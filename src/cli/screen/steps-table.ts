import type { StepView } from '../../pipeline/view.ts';
import { elapsedText, tokensText, usdText } from './amounts.ts';
import { printableLine } from './printable.ts';
import { rungText } from './rungs.ts';
import { errorText } from './step-error.ts';
import { progressText, type StepLine } from './step-lines.ts';
import type { Cell, Column, Table } from './table.ts';
import type { Style } from './terminal.ts';

export const STATUS_STYLE = {
  pending: 'dim',
  running: 'cyan',
  waiting: 'yellow',
  held: 'red',
  paused: 'yellow',
  done: 'green',
  failed: 'red',
  skipped: 'dim',
  cancelled: 'yellow',
} as const satisfies Record<string, Style>;

const MARKS = { pending: '·', waiting: '?', held: '!', done: '✓', failed: '✗', skipped: '-', cancelled: '✗' } as const;

const COLUMNS: readonly Column[] = [
  { head: ' ' },
  { head: 'STEP' },
  { head: 'KIND', rank: 4 },
  { head: 'STATUS' },
  { head: 'PROGRESS' },
  { head: 'MODEL', rank: 2 },
  { head: 'ATTEMPTS', rank: 5 },
  { head: 'TOKENS', rank: 3 },
  { head: 'COST', rank: 1 },
  { head: 'TIME' },
  { head: '' },
];

export interface Moment {
  /** Milliseconds since 1970: how long a running step has taken. */
  readonly now: number;
  /** The mark of what is running; turns on a live screen. */
  readonly spinner: string;
}

/** One row per step: what it is, how it stands, what it took, what was said about it. */
export function stepsTable(lines: readonly StepLine[], moment: Moment): Table {
  return { columns: COLUMNS, rows: lines.map((line) => stepCells(line, moment)) };
}

function stepCells({ step, depth }: StepLine, moment: Moment): readonly Cell[] {
  const style = STATUS_STYLE[step.status];
  return [
    { text: step.status === 'running' ? moment.spinner : MARKS[step.status], style },
    { text: `${'  '.repeat(depth)}${step.id}` },
    { text: step.kind, style: 'dim' },
    { text: step.status, style },
    { text: progressText(step) },
    ...callCells(step),
    { text: stepTime(step, moment.now) },
    { text: remark(step), style: step.status === 'failed' ? 'red' : 'dim' },
  ];
}

function callCells(step: StepView): readonly Cell[] {
  const facts = 'attempts' in step ? step : undefined;
  return [
    { text: facts?.model ?? '' },
    { text: facts === undefined || facts.attempts <= 1 ? '' : String(facts.attempts) },
    { text: facts?.usage === undefined ? '' : tokensText(facts.usage) },
    { text: facts === undefined || (facts.model ?? facts.usage) === undefined ? '' : costText(facts.costNanoUsd) },
  ];
}

function costText(nanoUsd: number | null): string {
  return nanoUsd === null ? 'unknown' : usdText(nanoUsd);
}

export function stepTime(step: StepView, now: number): string {
  if (!('startedAt' in step) || step.startedAt === undefined) return '';
  return elapsedText(('endedAt' in step ? step.endedAt : now) - step.startedAt);
}

/** Why it failed or did not run; otherwise how it came to its output, and what its checks say, failed ones with their reason. */
export function remark(step: StepView): string {
  if (step.status === 'failed') return errorText(step.error);
  if (step.status === 'skipped' || step.status === 'cancelled') return printableLine(step.because);
  if (step.status !== 'done') return '';
  const passedOver = (step.passedOver ?? []).map((one) => `instead of ${one.model} (${one.code})`);
  const verdicts = step.checks.map(({ check, passed, reason }) =>
    passed ? `✓ ${check}` : `✗ ${check}: ${printableLine(reason)}`,
  );
  return [...originOf(step), ...verdicts, ...passedOver].join('  ');
}

function originOf(step: Extract<StepView, { status: 'done' }>): readonly string[] {
  const { case: chosen, rounds, stopped, decision, handled, reused, givenBy, rungs = [] } = step;
  return [
    ...(decision === undefined ? [] : [decisionText(decision)]),
    ...(chosen === undefined ? [] : [`case ${chosen}`]),
    ...(rounds === undefined
      ? []
      : [`${rounds} round${rounds === 1 ? '' : 's'}${stopped === 'max' ? ', no more allowed' : ''}`]),
    ...(handled === undefined ? [] : [`in spite of ${errorText(handled)}`]),
    ...(reused === undefined ? [] : [`reused from ${printableLine(reused.runId)}`]),
    ...(givenBy === undefined ? [] : ['given by a person']),
    ...(rungs.length === 0 ? [] : [`after ${rungs.map(rungText).join(', ')}`]),
  ];
}

function decisionText({ choice, by }: NonNullable<Extract<StepView, { status: 'done' }>['decision']>): string {
  return printableLine(`${choice}, ${by.length === 0 ? 'since the time was over' : `by ${by.join(', ')}`}`);
}
