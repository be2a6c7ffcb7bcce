import type { Usage } from './result.ts';
import type { RunView, StepView } from './view.ts';

/** Parts of a run have histories, and so views, of their own while they go on. Their workflow ids are `<run id>/<path>`. */

/** The parts that steps name, steps inside included. */
export function childRunsOf(steps: readonly StepView[]): readonly string[] {
  return steps.flatMap(({ childRunId, steps: inner = [] }) => [
    ...(childRunId === undefined ? [] : [childRunId]),
    ...childRunsOf(inner),
  ]);
}

/** Whether the step at a path lies inside a part. The step that is done by the part belongs to the run around it. */
export function isInside(path: string, { runId, childRunId }: { runId: string; childRunId: string }): boolean {
  const part = childRunId.slice(runId.length + 1);
  const chunk = /^(.*)\[(\d+)-(\d+)\]$/su.exec(part);
  if (chunk === null) return path.startsWith(part) && /^[/#[~]/u.test(path.slice(part.length));
  const [, loop = '', from, to] = chunk;
  const item = path.startsWith(loop) ? /^\[(\d+)\]/u.exec(path.slice(loop.length)) : null;
  return item !== null && Number(item[1]) >= Number(from) && Number(item[1]) <= Number(to);
}

/** The view of a run with the views of its parts, by workflow id, put where they belong. */
export function withParts(view: RunView, parts: ReadonlyMap<string, RunView>): RunView {
  if (parts.size === 0) return view;
  const all = [view, ...parts.values()];
  // What a part asked people is over when the part is.
  const open = [view, ...[...parts.values()].filter(({ endedAt }) => endedAt === undefined)];
  const steps = view.steps.map((step) => withPart(step, parts));
  return {
    ...view,
    steps,
    status: view.status === 'running' && isWaiting(steps) ? 'waiting' : view.status,
    usage: all.map(({ usage }) => usage).reduce(sumOf),
    costNanoUsd: total(all.map(({ costNanoUsd }) => costNanoUsd)),
    hasUnknownCost: all.some(({ hasUnknownCost }) => hasUnknownCost),
    ignored: all.flatMap(({ ignored }) => ignored),
    ...asked(open),
    ...left(all),
    ...saved(all),
  };
}

function withPart(step: StepView, parts: ReadonlyMap<string, RunView>): StepView {
  const part = step.childRunId === undefined ? undefined : parts.get(step.childRunId);
  const inner = (part?.steps ?? step.steps)?.map((each) => withPart(each, parts));
  if (inner === undefined) return step;
  const isHeldUp = step.status === 'running' && isWaiting(inner);
  return { ...step, steps: inner, ...(isHeldUp ? { status: 'waiting' as const } : {}) } as StepView;
}

/** Nothing goes on, and something waits. */
function isWaiting(steps: readonly StepView[]): boolean {
  return (
    steps.every(({ status }) => status !== 'running') &&
    steps.some(({ status }) => status === 'waiting' || status === 'held')
  );
}

/** What people and others are waited for. */
function asked(views: readonly RunView[]): Pick<RunView, 'approvals' | 'waits' | 'held'> {
  const approvals = views.flatMap((view) => view.approvals ?? []);
  const waits = views.flatMap((view) => view.waits ?? []);
  const held = views.flatMap((view) => view.held ?? []);
  return {
    ...(approvals.length === 0 ? {} : { approvals }),
    ...(waits.length === 0 ? {} : { waits }),
    ...(held.length === 0 ? {} : { held }),
  };
}

/** What steps left besides their outputs. */
function left(views: readonly RunView[]): Pick<RunView, 'compensations' | 'files'> {
  const compensations = views.flatMap((view) => view.compensations ?? []);
  const files = views.flatMap((view) => view.files ?? []);
  return {
    ...(compensations.length === 0 ? {} : { compensations }),
    ...(files.length === 0 ? {} : { files }),
  };
}

function saved(views: readonly RunView[]): Pick<RunView, 'savedNanoUsd'> {
  const amounts = views.flatMap(({ savedNanoUsd }) => (savedNanoUsd === undefined ? [] : [savedNanoUsd]));
  return amounts.length === 0 ? {} : { savedNanoUsd: total(amounts) };
}

function total(amounts: readonly number[]): number {
  return amounts.reduce((sum, amount) => sum + amount, 0);
}

function sumOf(one: Usage, other: Usage): Usage {
  return {
    inputTokens: one.inputTokens + other.inputTokens,
    outputTokens: one.outputTokens + other.outputTokens,
    cachedInputTokens: one.cachedInputTokens + other.cachedInputTokens,
  };
}
