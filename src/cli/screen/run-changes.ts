import type { RunStatus, RunView, StepView } from '../../pipeline/view.ts';
import { tokensText, usdText } from './amounts.ts';
import { remark, STATUS_STYLE, stepTime } from './steps-table.ts';
import type { Paint } from './terminal.ts';

/** What happened between two views of a run, in the order of the plan. */
export type Change =
  { readonly kind: 'status'; readonly status: RunStatus } | { readonly kind: 'step'; readonly step: StepView };

/** Without an earlier view everything that has begun is a change. */
export function changesBetween(earlier: RunView | undefined, view: RunView): readonly Change[] {
  const before = new Map(earlier?.steps.map((step) => [step.id, step.status]));
  const steps = view.steps
    .filter((step) => step.status !== (before.get(step.id) ?? 'pending'))
    .map((step): Change => ({ kind: 'step', step }));
  return (earlier?.status ?? 'running') === view.status ? steps : [...steps, { kind: 'status', status: view.status }];
}

/** One plain line, for logs and pipes. */
export function changeLine(change: Change, paint: Paint): string {
  if (change.kind === 'status') return `run ${paint(STATUS_STYLE[change.status], change.status)}`;
  const { step } = change;
  const status = paint(STATUS_STYLE[step.status], step.status);
  return [`${step.id} ${status}`, ...stepFacts(step)].filter(Boolean).join(', ');
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
