import type { RunView, StepView } from '../../pipeline/view.ts';
import { elapsedText, spentText, tokensText, totalCostText } from './amounts.ts';
import { asksOf, runsCommand, type Ask } from './asks.ts';
import { stepLines, type StepLine } from './step-lines.ts';
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
  const room = Math.max(1, screen.size.rows - OTHER_LINES);
  const asked = askedLines(view, Math.floor(room / 2), screen);
  const { shown, hidden } = chooseSteps(stepLines(view.steps), Math.max(1, room - heightOf(asked, screen)));
  return [
    titleLine(view, moment, screen),
    ...tableLines(stepsTable(shown, moment), screen.paint, screen.size.columns),
    ...(hidden.length === 0 ? [] : [screen.paint('dim', `  and ${countsText(hidden)}`)]),
    ...asked.map(({ text, style }) => (style === undefined ? text : screen.paint(style, text))),
  ];
}

function titleLine(view: RunView, moment: Moment, { size, paint }: Screen): string {
  const gone = view.budget === undefined ? '' : spentText(view.budget);
  const elapsed = elapsedText((view.endedAt ?? moment.now) - view.startedAt);
  const isIdle = view.status === 'running' && view.steps.every((step) => step.status === 'pending');
  const facts = [
    elapsed,
    ...(view.usage.inputTokens === 0 ? [] : [tokensText(view.usage), totalCostText(view)]),
    ...(gone === '' ? [] : [`budget ${gone}`]),
    ...(isIdle && moment.now - view.startedAt > NO_WORKER_AFTER_MS ? ['waiting for a worker'] : []),
  ];
  const rest = cutToWidth(`  ${facts.join('  ')}`, size.columns - view.status.length);
  return `${paint(STATUS_STYLE[view.status], view.status)}${paint('dim', rest)}`;
}

interface Line {
  readonly text: string;
  readonly style?: 'yellow' | 'dim';
}

/** What the run waits for, as far as there is room; the rest is named. */
function askedLines(view: RunView, room: number, screen: Screen): readonly Line[] {
  const asks = asksOf(view);
  const lines: Line[] = [];
  for (const [index, ask] of asks.entries()) {
    const next = linesOfAsk(ask, screen);
    // The line that names the rest needs room as well.
    const needed = heightOf([...lines, ...next], screen) + (index === asks.length - 1 ? 0 : 1);
    if (needed > room) return [...lines, restLine(view.runId, asks.length - index, screen)];
    lines.push(...next);
  }
  return lines;
}

/** A question is cut at the edge; a command is of no use unless it is whole. */
function linesOfAsk({ step, text, facts, commands }: Ask, { size }: Screen): readonly Line[] {
  return [
    { text: cutToWidth(`? ${step}: ${text}`, size.columns), style: 'yellow' },
    ...(facts.length === 0 ? [] : [{ text: cutToWidth(`  ${facts.join('; ')}`, size.columns), style: 'dim' } as const]),
    ...commands.map((command) => ({ text: `  ${command}` })),
  ];
}

function restLine(runId: string, count: number, { size }: Screen): Line {
  return {
    text: cutToWidth(`? waits for ${count} more: ${runsCommand('show', runId)}`, size.columns),
    style: 'yellow',
  };
}

function heightOf(lines: readonly Line[], { size }: Screen): number {
  return lines.reduce((sum, { text }) => sum + Math.max(1, Math.ceil(text.length / size.columns)), 0);
}

/** When there are more steps than lines: what is going on now, then what went wrong, then the latest, then the next. */
export function chooseSteps(
  lines: readonly StepLine[],
  limit: number,
): { readonly shown: readonly StepLine[]; readonly hidden: readonly StepLine[] } {
  const byInterest = lines.toSorted((a, b) => interest(a) - interest(b) || endOf(b.step) - endOf(a.step));
  const chosen = new Set(byInterest.slice(0, limit));
  return { shown: lines.filter((line) => chosen.has(line)), hidden: lines.filter((line) => !chosen.has(line)) };
}

const INTEREST = { held: 0, waiting: 0, running: 0, failed: 1, done: 2, cancelled: 2, skipped: 3, pending: 3 } as const;

function interest({ step }: StepLine): number {
  return INTEREST[step.status];
}

function endOf(step: StepView): number {
  return 'endedAt' in step ? step.endedAt : 0;
}

function countsText(lines: readonly StepLine[]): string {
  const counts = Object.entries(Object.groupBy(lines, ({ step }) => step.status));
  return counts.map(([status, those]) => `${those.length} ${status}`).join(', ');
}
