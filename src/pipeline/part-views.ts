import { sumUsage } from './sum-usage.ts';
import type { ItemsProgress, RunStatus, RunView, StepView } from './view.ts';

/** What parts of a run say, by their paths: they have histories, and so views, of their own while they go on. */
export type PartViews = ReadonlyMap<string, RunView>;

/** Whether the step at a path lies inside the part. The step that the part works for belongs to the run around it. */
export function isInside(path: string, part: string): boolean {
  const range = /^(.*)\[(\d+)-(\d+)\]$/su.exec(part);
  if (range === null) return path.startsWith(part) && /^[/#[~]/u.test(path.slice(part.length));
  const [, loop, from, to] = range as unknown as readonly [string, string, string, string];
  const item = path.startsWith(loop) ? /^\[(\d+)\]/u.exec(path.slice(loop.length)) : null;
  return item !== null && Number(item[1]) >= Number(from) && Number(item[1]) <= Number(to);
}

/** The view of a run, or of a part, with the views of its parts put where they belong. */
export function withParts(view: RunView, parts: PartViews): RunView {
  const { children: named = [] } = view;
  const own = named.flatMap(({ path }) => {
    const part = parts.get(path);
    return part === undefined ? [] : [[path, withParts(part, parts)] as const];
  });
  if (own.length === 0) return view;
  const inner = new Map(own);
  const all = [view, ...inner.values()];
  // What a part asked people is over when the part is.
  const open = all.filter(({ endedAt }) => endedAt === undefined);
  const steps = view.steps.map((step) => withPart(step, inner));
  const savedNanoUsd = sum(all, (each) => each.savedNanoUsd ?? 0);
  return {
    ...view,
    steps,
    status: statusOf(view, [...inner.values()], own.length === named.length),
    usage: all.map(({ usage }) => usage).reduce((one, other) => sumUsage(one, other)),
    costNanoUsd: sum(all, ({ costNanoUsd }) => costNanoUsd),
    hasUnknownCost: all.some(({ hasUnknownCost }) => hasUnknownCost),
    ignored: all.flatMap(({ ignored }) => ignored),
    ...asked(open),
    ...left(all),
    ...(savedNanoUsd === 0 ? {} : { savedNanoUsd }),
  };
}

/** A history that has nothing to do but to wait for its parts waits when all of them do, as far as that is known. */
function statusOf({ status, isIdle }: RunView, parts: readonly RunView[], areAll: boolean): RunStatus {
  if (status !== 'running' && status !== 'waiting') return status;
  const isHeldUp = areAll && parts.every((part) => part.status === 'waiting');
  return isHeldUp && (isIdle === true || status === 'waiting') ? 'waiting' : 'running';
}

function withPart(step: StepView, parts: PartViews): StepView {
  const path = step.path ?? step.id;
  const part = parts.get(path);
  if (part === undefined) return withInner(withChunks(step, chunksOf(path, parts)), parts);
  const [only] = part.steps;
  // All rounds of a step: the part shows that step; of a pipeline the part shows its steps.
  const isSame = only !== undefined && (only.path ?? only.id) === path;
  return waitingIf(part.status === 'waiting', isSame ? { ...step, ...insideOf(only) } : { ...step, steps: part.steps });
}

function insideOf({ steps, round }: StepView): Pick<StepView, 'steps' | 'round'> {
  return { ...(steps === undefined ? {} : { steps }), ...(round === undefined ? {} : { round }) };
}

/** A step that holds others goes on as long as one of them does. */
function withInner(step: StepView, parts: PartViews): StepView {
  if (step.steps === undefined) return step;
  const steps = step.steps.map((each) => withPart(each, parts));
  return waitingIf(isWaiting(steps), { ...step, steps });
}

/** The parts that go through some items each. */
function chunksOf(path: string, parts: PartViews): readonly RunView[] {
  const isChunk = (part: string): boolean => part.startsWith(path) && /^\[\d+-\d+\]$/u.test(part.slice(path.length));
  return [...parts].flatMap(([part, view]) => (isChunk(part) ? [view] : []));
}

function withChunks(step: StepView, chunks: readonly RunView[]): StepView {
  const known = chunks.flatMap(({ steps }) =>
    steps.flatMap(({ progress }) => (progress === undefined ? [] : [progress])),
  );
  if (step.progress === undefined || known.length === 0) return step;
  const count = (name: keyof ItemsProgress): number => sum(known, (one) => one[name]);
  const { total, done, failed } = step.progress;
  const progress = { total, done: done + count('done'), failed: failed + count('failed'), running: count('running') };
  return waitingIf(
    chunks.every(({ status }) => status === 'waiting'),
    { ...step, progress },
  );
}

function waitingIf(isHeldUp: boolean, step: StepView): StepView {
  return isHeldUp && step.status === 'running' ? { ...step, status: 'waiting' } : step;
}

/** Nothing goes on, and something waits. */
function isWaiting(steps: readonly StepView[]): boolean {
  return (
    steps.every(({ status }) => status !== 'running') &&
    steps.some(({ status }) => status === 'waiting' || status === 'held')
  );
}

/** What people and others are waited for. */
function asked(views: readonly RunView[]): Pick<RunView, 'approvals' | 'waits' | 'held' | 'children'> {
  const approvals = views.flatMap((view) => view.approvals ?? []);
  const waits = views.flatMap((view) => view.waits ?? []);
  const held = views.flatMap((view) => view.held ?? []);
  const children = views.flatMap((view) => view.children ?? []);
  return {
    ...(approvals.length === 0 ? {} : { approvals }),
    ...(waits.length === 0 ? {} : { waits }),
    ...(held.length === 0 ? {} : { held }),
    children,
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

function sum<T>(items: readonly T[], amountOf: (item: T) => number): number {
  return items.reduce((total, item) => total + amountOf(item), 0);
}
