import type { RunStatus, RunView, StepView } from '../../pipeline/view.ts';
import { tokensText, usdText } from './amounts.ts';
import { askLines, asksOf, type Ask } from './asks.ts';
import { progressText, stepLines, type StepLine } from './step-lines.ts';
import { remark, STATUS_STYLE, stepTime } from './steps-table.ts';
import type { Lines, Paint } from './terminal.ts';

/** What happened between two views of a run: steps in the order of the plan, then what is asked, then the run itself. */
export type Change =
  | { readonly kind: 'step'; readonly line: StepLine }
  | { readonly kind: 'ask'; readonly ask: Ask }
  | { readonly kind: 'status'; readonly status: RunStatus };

/** Without an earlier view everything that has begun is a change. */
export function changesBetween(earlier: RunView | undefined, view: RunView): readonly Change[] {
  const before = new Map(stepLines(earlier?.steps ?? []).map(({ path, step }) => [path, stageOf(step)]));
  const asked = new Set((earlier === undefined ? [] : asksOf(earlier)).map(sayingOf));
  const hasNewStatus = (earlier?.status ?? 'running') !== view.status;
  return [
    ...stepLines(view.steps)
      .filter(({ path, step }) => stageOf(step) !== (before.get(path) ?? 'pending'))
      .map((line): Change => ({ kind: 'step', line })),
    ...asksOf(view)
      .filter((ask) => !asked.has(sayingOf(ask)))
      .map((ask): Change => ({ kind: 'ask', ask })),
    ...(hasNewStatus ? [{ kind: 'status', status: view.status } as const] : []),
  ];
}

/** What has to change for a line of its own; of many items every tenth part. */
function stageOf({ status, round, progress }: StepView): string {
  const tenths = progress === undefined ? '' : Math.floor(((progress.done + progress.failed) * 10) / progress.total);
  return [status, round ?? '', tenths].join(' ').trim();
}

function sayingOf({ report }: Ask): string {
  return JSON.stringify(report);
}

/** Plain lines, for logs and pipes. */
export function changeLines(change: Change, paint: Paint): Lines {
  switch (change.kind) {
    case 'status':
      return [`run ${paint(STATUS_STYLE[change.status], change.status)}`];
    case 'ask':
      return askLines(change.ask, paint);
    case 'step':
      return [stepLine(change.line, paint)];
  }
}

function stepLine({ step, path }: StepLine, paint: Paint): string {
  const status = paint(STATUS_STYLE[step.status], step.status);
  return [`${path} ${status}`, progressText(step), ...stepFacts(step)].filter(Boolean).join(', ');
}

function stepFacts(step: StepView): readonly string[] {
  if (!('attempts' in step)) return [remark(step)];
  return [
    stepTime(step, 0),
    step.model ?? '',
    step.usage === undefined ? '' : tokensText(step.usage),
    step.costNanoUsd === null ? 'cost unknown' : step.costNanoUsd === 0 ? '' : usdText(step.costNanoUsd),
    step.attempts > 1 ? `${step.attempts} attempts` : '',
    remark(step),
  ];
}
