import type { BudgetView, CompensationView, RunView, SavedFile, StepView } from '../../pipeline/view.ts';
import { isoTime, spentText, usdText } from './amounts.ts';
import { askLines, asksOf } from './asks.ts';
import { printable, printableLine } from './printable.ts';
import { rungText } from './rungs.ts';
import { section } from './run-end.ts';
import { errorLine } from './step-error.ts';
import { stepLines, type StepLine } from './step-lines.ts';
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
  const lines = stepLines(view.steps);
  const { compensations = [], files = [], children = [], ignored } = view;
  return [
    ...headLines(view, paint),
    '',
    ...tableLines(stepsTable(lines, { now, spinner: '>' }), paint, width),
    ...titled(
      'Waits for',
      asksOf(view).flatMap((ask) => askLines(ask, paint)),
    ),
    ...titled(
      'Checks',
      lines.flatMap((line) => checkLines(line, paint)),
    ),
    ...titled('What was done about them', lines.flatMap(rungLines)),
    ...titled(
      'Errors',
      lines.flatMap((line) => [...stepErrorLines(line, { view, paint }), ...itemErrorLines(line, paint)]),
    ),
    ...titled(
      'Compensation',
      compensations.map((one) => compensationLine(one, paint)),
    ),
    ...titled('Files', files.map(fileLine)),
    ...titled('Parts with a history of their own', children.map(partLine)),
    ...titled('Ignored signals', ignored.map(printable)),
  ];
}

/** What happened in a step: each call by its path, with its checks, and its error whole. */
export function stepHistoryLines(steps: readonly StepView[], { now, width, paint }: Page): Lines {
  const lines = steps.map((step) => ({
    step: { ...step, id: step.path ?? step.id },
    path: step.path ?? step.id,
    depth: 0,
  }));
  return [
    ...tableLines(stepsTable(lines, { now, spinner: '>' }), paint, width),
    ...titled(
      'Checks',
      lines.flatMap((line) => checkLines(line, paint)),
    ),
    ...titled('What was done about them', lines.flatMap(rungLines)),
    ...titled(
      'Errors',
      lines.flatMap(({ step, path }) =>
        step.status === 'failed' ? [errorLine({ ...step.error, stepId: path }, paint)] : [],
      ),
    ),
  ];
}

function headLines(view: RunView, paint: Paint): Lines {
  const { name, version, planHash } = view.pipeline;
  const { forkOf, savedNanoUsd } = view;
  const saved = savedNanoUsd === undefined ? '' : `, ${usdText(savedNanoUsd)} saved by results of before`;
  return [
    `${paint('bold', view.runId)} ${paint(STATUS_STYLE[view.status], view.status)}`,
    printable(`pipeline ${name}${version === undefined ? '' : ` ${version}`}, plan ${planHash.slice(0, 12)}`),
    `started ${isoTime(view.startedAt)}${view.endedAt === undefined ? '' : `, ended ${isoTime(view.endedAt)}`}`,
    ...(forkOf === undefined ? [] : [printable(`forked from ${forkOf}${saved}`)]),
    ...(view.budget === undefined ? [] : budgetLines(view.budget)),
  ];
}

/** What is limited, and how much of it is gone. */
function budgetLines(budget: BudgetView): Lines {
  const { steps = [] } = budget;
  const all = [{ ...budget, whose: 'budget' }, ...steps.map((one) => ({ ...one, whose: `budget of ${one.step}` }))];
  return all.flatMap(({ whose, reserved, ...rest }) => {
    const gone = spentText(rest);
    const aside = reserved.tokens === 0 ? '' : `, ${reserved.tokens} tokens set aside`;
    return gone === '' ? [] : [printable(`${whose}: ${gone} spent${aside}`)];
  });
}

function titled(title: string, lines: Lines): Lines {
  return section(
    title,
    lines.map((line) => `  ${line}`),
  );
}

function checkLines({ step, path }: StepLine, paint: Paint): Lines {
  if (!('checks' in step)) return [];
  return step.checks.map(({ check, passed, score, reason }) => {
    const mark = passed ? paint('green', '✓') : paint('red', '✗');
    return `${mark} ${path} ${check}, score ${score}: ${printable(reason)}`;
  });
}

/** What was done about an output that did not pass its checks. */
function rungLines({ step, path }: StepLine): Lines {
  if (!('checks' in step)) return [];
  return (step.rungs ?? []).map((rung) => {
    const because = rung.because.map(({ check, reason }) => `${check}: ${printableLine(reason)}`).join('; ');
    const cost = rung.costNanoUsd === null ? 'unknown cost' : usdText(rung.costNanoUsd);
    return `${path} ${rungText(rung)}, ${cost}, since ${because}`;
  });
}

/** A failure that others pass on is told once, and what ended the run at its end. */
function stepErrorLines({ step, path }: StepLine, { view, paint }: { view: RunView; paint: Paint }): Lines {
  if (step.status !== 'failed' || step.error.at !== undefined) return [];
  if (path === (view.error?.at ?? view.error?.stepId)) return [];
  const { attempts } = step.error;
  const tries = attempts > 1 ? paint('dim', ` (${attempts} attempts)`) : '';
  return [`${errorLine({ ...step.error, stepId: path }, paint)}${tries}`];
}

/** The items that failed and were left, as many of them as are kept. */
function itemErrorLines({ step, path }: StepLine, paint: Paint): Lines {
  if (step.status !== 'done' || step.failures === undefined) return [];
  const { failures, counts } = step;
  const others = (counts?.failed ?? 0) - failures.length;
  return [
    ...failures.map(({ path: stepId, code, message }) =>
      errorLine({ code, stepId, message: printableLine(message) }, paint),
    ),
    ...(others > 0 ? [paint('dim', `and ${others} more of ${path}`)] : []),
  ];
}

const MARKS = { running: '>', done: '✓', failed: '✗', unknown: '?' } as const;
const STYLES = { running: 'cyan', done: 'green', failed: 'red', unknown: 'yellow' } as const;

function compensationLine({ step, status, error }: CompensationView, paint: Paint): string {
  const why = error === undefined ? '' : `: ${error.code} ${printableLine(error.message)}`;
  const what = status === 'unknown' ? 'not undone, since nobody knows whether it took effect' : status;
  return `${paint(STYLES[status], MARKS[status])} ${step} ${what}${why}`;
}

function fileLine({ path, bytes, step }: SavedFile): string {
  return `${printableLine(path)}, ${bytes} bytes, of ${step}`;
}

function partLine({ path, runId }: NonNullable<RunView['children']>[number]): string {
  return printableLine(`${path}: ${runId}`);
}
