import type { RunView, StepView } from '../../pipeline/view.ts';
import { elapsedText, tokensText, totalCostText } from './amounts.ts';
import { STATUS_STYLE, stepsTable, type Moment } from './steps-table.ts';
import { cutToWidth, tableLines } from './table.ts';
import type { Lines, Paint } from './terminal.ts';

interface Screen {
  readonly size: { readonly columns: number; readonly rows: number };
  readonly paint: Paint;
}

/** Lines of the screen that are not steps: the title, the table's head, the note on hidden steps, the cursor's line. */
const OTHER_LINES = 4;
const NO_WORKER_AFTER_MS = 5000;

/** A run as a live screen shows it: never more lines than the screen has. */
export function runScreen(view: RunView, moment: Moment, screen: Screen): Lines {
  const { shown, hidden } = chooseSteps(view.steps, Math.max(1, screen.size.rows - OTHER_LINES));
  return [
    titleLine(view, moment, screen),
    ...tableLines(stepsTable(shown, moment), screen.paint, screen.size.columns),
    ...(hidden.length === 0 ? [] : [screen.paint('dim', `  and ${countsText(hidden)}`)]),
  ];
}

function titleLine(view: RunView, moment: Moment, { size, paint }: Screen): string {
  const elapsed = elapsedText((view.endedAt ?? moment.now) - view.startedAt);
  const isWaiting = view.status === 'running' && view.steps.every((step) => step.status === 'pending');
  const facts = [
    elapsed,
    ...(view.usage.inputTokens === 0 ? [] : [tokensText(view.usage), totalCostText(view)]),
    ...(isWaiting && moment.now - view.startedAt > NO_WORKER_AFTER_MS ? ['waiting for a worker'] : []),
  ];
  const rest = cutToWidth(`  ${facts.join('  ')}`, size.columns - view.status.length);
  return `${paint(STATUS_STYLE[view.status], view.status)}${paint('dim', rest)}`;
}

/** When there are more steps than lines: what is going on now, then what went wrong, then the latest, then the next. */
export function chooseSteps(
  steps: readonly StepView[],
  limit: number,
): { readonly shown: readonly StepView[]; readonly hidden: readonly StepView[] } {
  const byInterest = steps.toSorted((a, b) => interest(a) - interest(b) || endOf(b) - endOf(a));
  const chosen = new Set(byInterest.slice(0, limit));
  return { shown: steps.filter((step) => chosen.has(step)), hidden: steps.filter((step) => !chosen.has(step)) };
}

const INTEREST = { held: 0, waiting: 0, running: 0, failed: 1, done: 2, cancelled: 2, skipped: 3, pending: 3 } as const;

function interest(step: StepView): number {
  return INTEREST[step.status];
}

function endOf(step: StepView): number {
  return 'endedAt' in step ? step.endedAt : 0;
}

function countsText(steps: readonly StepView[]): string {
  const counts = Object.entries(Object.groupBy(steps, (step) => step.status));
  return counts.map(([status, those]) => `${those.length} ${status}`).join(', ');
}
