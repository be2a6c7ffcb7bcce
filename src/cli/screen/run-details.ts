import type { RunView, StepView } from '../../pipeline/view.ts';
import { printable } from './printable.ts';
import { isoTime } from './report.ts';
import { errorLine, section } from './run-end.ts';
import { STATUS_STYLE, stepsTable } from './steps-table.ts';
import { tableLines } from './table.ts';
import type { Lines, Paint } from './terminal.ts';

interface Page {
  readonly now: number;
  readonly width: number;
  readonly paint: Paint;
}

/** A run in full, but for its outputs and for the error that ended it. */
export function detailLines(view: RunView, { now, width, paint }: Page): Lines {
  const { name, version, planHash } = view.pipeline;
  return [
    `${paint('bold', view.runId)} ${paint(STATUS_STYLE[view.status], view.status)}`,
    printable(`pipeline ${name}${version === undefined ? '' : ` ${version}`}, plan ${planHash.slice(0, 12)}`),
    `started ${isoTime(view.startedAt)}${view.endedAt === undefined ? '' : `, ended ${isoTime(view.endedAt)}`}`,
    '',
    ...tableLines(stepsTable(view.steps, { now, spinner: '>' }), paint, width),
    ...section(
      'Checks',
      view.steps.flatMap((step) => checkLines(step, paint)),
    ),
    ...section(
      'Errors',
      view.steps.filter(({ id }) => id !== view.error?.stepId).flatMap((step) => stepErrorLines(step, paint)),
    ),
    ...section(
      'Ignored signals',
      view.ignored.map((text) => `  ${printable(text)}`),
    ),
  ];
}

function checkLines(step: StepView, paint: Paint): Lines {
  if (!('checks' in step)) return [];
  return step.checks.map(({ check, passed, score, reason }) => {
    const mark = passed ? paint('green', '✓') : paint('red', '✗');
    return `  ${mark} ${step.id} ${check}, score ${score}: ${printable(reason)}`;
  });
}

function stepErrorLines(step: StepView, paint: Paint): Lines {
  if (step.status !== 'failed') return [];
  const { attempts } = step.error;
  const tries = attempts > 1 ? paint('dim', ` (${attempts} attempts)`) : '';
  return [`  ${errorLine({ ...step.error, stepId: step.id }, paint)}${tries}`];
}
