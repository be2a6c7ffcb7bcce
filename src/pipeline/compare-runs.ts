import { comparePlans, type PlanComparison } from './fork/compare-plans.ts';
import { canonicalJson } from './json.ts';
import type { RunRecord, Usage, Verdict } from './result.ts';
import type { StoredValue } from './value.ts';
import type { RunStatus, RunView, StepView, ViewedValue } from './view.ts';

/** The same of two runs; undefined where a run has none. */
export interface Pair<T> {
  readonly before: T | undefined;
  readonly after: T | undefined;
}

/** What differs between two runs. */
export interface RunComparison {
  readonly before: RunTotals;
  readonly after: RunTotals;
  readonly isPlanSame: boolean;
  readonly plan: PlanComparison;
  /** Those that differ, by name; so for outputs. */
  readonly inputs: Readonly<Record<string, Pair<StoredValue>>>;
  readonly outputs: Readonly<Record<string, Pair<StoredValue>>>;
  /** Steps that ended in another way, gave something else, cost something else or were judged otherwise. */
  readonly steps: readonly StepComparison[];
}

export interface RunTotals {
  readonly runId: string;
  readonly status: RunStatus;
  /** The code of the error that ended the run. */
  readonly error?: string;
  readonly usage: Usage;
  readonly costNanoUsd: number;
  readonly hasUnknownCost: boolean;
  /** What reused results would have cost. */
  readonly savedNanoUsd: number;
  readonly ms: number;
}

export interface StepComparison {
  /** Its path in the plan. */
  readonly step: string;
  readonly facts: Pair<StepFacts>;
  readonly output: 'same' | Pair<ViewedValue>;
  /** Checks that judged differently. */
  readonly verdicts: readonly VerdictPair[];
}

export interface StepFacts {
  readonly status: StepView['status'];
  /** The code of its error. */
  readonly error?: string;
  readonly model?: string;
  readonly usage?: Usage;
  readonly costNanoUsd?: number | null;
  readonly isReused: boolean;
  readonly ms?: number;
}

export interface VerdictPair extends Pair<Verdict> {
  readonly check: string;
}

type Ended = Pick<RunRecord, 'plan' | 'inputs' | 'view'>;

/** Compares two runs that have ended, of one pipeline or of two. */
export function compareRuns(before: Ended, after: Ended): RunComparison {
  return {
    before: totalsOf(before.view),
    after: totalsOf(after.view),
    isPlanSame: before.plan.hash === after.plan.hash,
    plan: comparePlans(before.plan, after.plan),
    inputs: unequal(before.inputs, after.inputs),
    outputs: unequal(before.view.outputs ?? {}, after.view.outputs ?? {}),
    steps: compareSteps(before.view, after.view),
  };
}

function unequal<T extends ViewedValue>(
  before: Readonly<Record<string, T>>,
  after: Readonly<Record<string, T>>,
): Readonly<Record<string, Pair<T>>> {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const pairs = names.map((name) => [name, { before: before[name], after: after[name] }] as const);
  return Object.fromEntries(pairs.filter(([, pair]) => !isSameValue(pair)));
}

function isSameValue({ before, after }: Pair<ViewedValue>): boolean {
  return before === after || (before !== undefined && after !== undefined && contentOf(before) === contentOf(after));
}

/** A long value is told by its sha256, so that nothing need be loaded. */
function contentOf(value: ViewedValue): string {
  if ('inline' in value) return canonicalJson(value.inline);
  return 'artifact' in value ? value.artifact.sha256 : value.preview;
}

function totalsOf(view: RunView): RunTotals {
  const { runId, status, error, usage, costNanoUsd, hasUnknownCost, savedNanoUsd = 0, startedAt } = view;
  const ms = (view.endedAt ?? startedAt) - startedAt;
  const code = error === undefined ? {} : { error: error.code };
  return { runId, status, ...code, usage, costNanoUsd, hasUnknownCost, savedNanoUsd, ms };
}

function compareSteps(before: RunView, after: RunView): readonly StepComparison[] {
  const [old, now] = [stepsOf(before), stepsOf(after)];
  const paths = [...new Set([...now.keys(), ...old.keys()])];
  return paths.map((path) => compareStep(path, { before: old.get(path), after: now.get(path) })).filter(isDifferent);
}

/** Every step of a view, inner ones too. */
function stepsOf({ steps }: Pick<RunView, 'steps'>): ReadonlyMap<string, StepView> {
  const below = (step: StepView, prefix: string): readonly (readonly [string, StepView])[] => {
    const path = `${prefix}${step.id}`;
    return [[path, step], ...(step.steps ?? []).flatMap((inner) => below(inner, `${path}/`))];
  };
  return new Map(steps.flatMap((step) => below(step, '')));
}

function compareStep(step: string, { before, after }: Pair<StepView>): StepComparison {
  const output = { before: outputOf(before), after: outputOf(after) };
  return {
    step,
    facts: { before: before && factsOf(before), after: after && factsOf(after) },
    output: isSameValue(output) ? 'same' : output,
    verdicts: compareVerdicts(verdictsOf(before), verdictsOf(after)),
  };
}

function isDifferent({ facts: { before, after }, output, verdicts }: StepComparison): boolean {
  return output !== 'same' || verdicts.length > 0 || withoutTime(before) !== withoutTime(after);
}

/** No two steps take the same time, so that says nothing. */
function withoutTime(facts: StepFacts | undefined): string {
  return JSON.stringify({ ...facts, ms: 0 });
}

function outputOf(step: StepView | undefined): ViewedValue | undefined {
  return step?.status === 'done' ? step.output : undefined;
}

function verdictsOf(step: StepView | undefined): readonly Verdict[] {
  return step !== undefined && 'checks' in step ? step.checks : [];
}

function factsOf(step: StepView): StepFacts {
  const { status } = step;
  const times = 'endedAt' in step && step.startedAt !== undefined ? { ms: step.endedAt - step.startedAt } : {};
  if (status !== 'done' && status !== 'failed') return { status, isReused: false, ...times };
  const { model, usage, costNanoUsd, reused } = step;
  return {
    status,
    ...(status === 'failed' ? { error: step.error.code } : {}),
    ...(model === undefined ? {} : { model }),
    ...(usage === undefined ? {} : { usage }),
    costNanoUsd,
    isReused: reused !== undefined,
    ...times,
  };
}

/** Pairs the first check of a name with the first, the second with the second. */
function compareVerdicts(before: readonly Verdict[], after: readonly Verdict[]): readonly VerdictPair[] {
  const [old, now] = [numbered(before), numbered(after)];
  return [...new Set([...now.keys(), ...old.keys()])]
    .map((name) => ({ check: name.split(' ')[0] as string, before: old.get(name), after: now.get(name) }))
    .filter((pair) => pair.before?.passed !== pair.after?.passed || pair.before?.score !== pair.after?.score);
}

function numbered(verdicts: readonly Verdict[]): ReadonlyMap<string, Verdict> {
  const counts = new Map<string, number>();
  return new Map(
    verdicts.map((verdict) => {
      const count = counts.get(verdict.check) ?? 0;
      counts.set(verdict.check, count + 1);
      return [`${verdict.check} ${count}`, verdict] as const;
    }),
  );
}
