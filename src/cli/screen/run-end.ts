import type { Json } from '../../pipeline/json.ts';
import type { RunView } from '../../pipeline/view.ts';
import { elapsedText, tokensText, totalCostText } from './amounts.ts';
import { printable } from './printable.ts';
import { runReport } from './report.ts';
import { selfCommand, shellWord } from '../self.ts';
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
  return shortValuesLines(outputs, `${selfCommand(process.env)} runs show ${shellWord(view.runId)} --full`, paint);
}

/** What a run gave, or why it did not; what it took; where to see more. */
export function endLines({ view, link }: RunEnd, outputLines: Lines, paint: Paint): Lines {
  return [
    ...section('Outputs', outputLines),
    ...(view.error === undefined ? [] : ['', errorLine(view.error, paint)]),
    '',
    totalsLine(view, paint),
    ...(link === undefined ? [] : [paint('dim', link)]),
  ];
}

/** A titled part of an answer; nothing when it is empty. */
export function section(title: string, lines: Lines): Lines {
  return lines.length === 0 ? [] : ['', title, ...lines];
}

function totalsLine(view: RunView, paint: Paint): string {
  const took = view.endedAt === undefined ? [] : [elapsedText(view.endedAt - view.startedAt)];
  const facts = [...took, tokensText(view.usage), totalCostText(view)];
  return `${paint(STATUS_STYLE[view.status], view.status)}  ${facts.join('  ')}`;
}

export function errorLine(error: NonNullable<RunView['error']>, paint: Paint): string {
  const where = error.stepId === undefined ? '' : `${error.stepId}: `;
  return `${paint('red', 'error')} ${paint('dim', error.code)} ${where}${printable(error.message)}`;
}
