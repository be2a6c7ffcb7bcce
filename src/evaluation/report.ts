import type { RunStatus, RunView } from '../pipeline/view.ts';
import type { Case } from './cases.ts';
import type { Evaluated } from './load-outcomes.ts';
import type { Outcome } from './outcome.ts';
import { VARIANTS, type Variant } from './plan.ts';
import { chanceOf, meanOf, quantileOf, shareOf, type Interval } from './statistics.ts';

/** Figures of one pipeline over all cases that were run; undefined where none was, or nothing says. */
export interface VariantReport {
  readonly variant: Variant;
  /** The pipeline's file. */
  readonly file: string;
  readonly passed: number;
  readonly failed: number;
  readonly notRun: number;
  readonly passRate: Interval | undefined;
  readonly score: Interval | undefined;
  readonly latencyMs: { readonly p50: number; readonly p95: number } | undefined;
  readonly tokens: number;
  readonly costNanoUsd: number;
  /** Of those that were run. */
  readonly costPerCaseNanoUsd: number | undefined;
  readonly hasUnknownCost: boolean;
  readonly byTag: readonly { readonly tag: string; readonly passed: number; readonly cases: number }[];
}

/** The evaluated pipeline against the other one, over the cases that both have run. */
export interface ComparisonReport {
  /** By the ids of cases. */
  readonly regressions: readonly string[];
  readonly improvements: readonly string[];
  readonly pairs: number;
  /** How likely as large a difference is by chance: the exact McNemar test. */
  readonly chance: number;
  /** The mean of the differences in score, from pairs that have one each; above 0 the evaluated one is better. */
  readonly scoreDifference: Interval | undefined;
}

export interface CaseReport {
  readonly id: string;
  readonly line: number;
  readonly tags: readonly string[];
  readonly tested: Outcome;
  readonly against?: Outcome;
}

/** Everything that an evaluation tells. */
export interface EvaluationReport {
  readonly runId: string;
  readonly status: RunStatus;
  /** Why the run ended before all cases were run. */
  readonly reason?: string;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly isComplete: boolean;
  readonly variants: readonly VariantReport[];
  readonly comparison?: ComparisonReport;
  readonly cases: readonly CaseReport[];
}

export interface ReportedFiles {
  readonly tested: string;
  readonly against?: string;
}

/** Sums up an evaluation that has ended. */
export function makeReport(
  { view, outcomes }: Evaluated,
  { cases, files }: { readonly cases: readonly Case[]; readonly files: ReportedFiles },
): EvaluationReport {
  const { tested = [], against } = outcomes;
  const variants = VARIANTS.flatMap((variant) => {
    const some = outcomes[variant];
    return some === undefined ? [] : [variantReport(variant, { file: files[variant] ?? '', cases, outcomes: some })];
  });
  return {
    runId: view.runId,
    status: view.status,
    ...reasonOf(view),
    startedAt: view.startedAt,
    endedAt: view.endedAt ?? view.startedAt,
    isComplete: variants.every(({ notRun }) => notRun === 0),
    variants,
    ...(against === undefined ? {} : { comparison: compare(cases, tested, against) }),
    cases: cases.map(({ id, line, tags }, index) => ({
      id,
      line,
      tags,
      tested: tested[index] as Outcome,
      ...(against === undefined ? {} : { against: against[index] as Outcome }),
    })),
  };
}

function reasonOf({ status, error }: RunView): { reason?: string } {
  if (error !== undefined) return { reason: error.message };
  return status === 'cancelled' ? { reason: 'The run was cancelled' } : {};
}

interface Given {
  readonly file: string;
  readonly cases: readonly Case[];
  readonly outcomes: readonly Outcome[];
}

function variantReport(variant: Variant, { file, cases, outcomes }: Given): VariantReport {
  const run = outcomes.filter(({ status }) => status !== 'not_run');
  const passed = run.filter(({ status }) => status === 'passed').length;
  const costNanoUsd = sum(outcomes, (one) => one.costNanoUsd);
  return {
    variant,
    file,
    passed,
    failed: run.length - passed,
    notRun: outcomes.length - run.length,
    passRate: shareOf(passed, run.length),
    score: meanOf(run.flatMap(({ score }) => score ?? [])),
    latencyMs: latencyOf(run),
    tokens: sum(outcomes, ({ tokens }) => tokens),
    costNanoUsd,
    costPerCaseNanoUsd: run.length === 0 ? undefined : sum(run, (one) => one.costNanoUsd) / run.length,
    hasUnknownCost: outcomes.some((one) => one.hasUnknownCost),
    byTag: byTag(cases, outcomes),
  };
}

function latencyOf(run: readonly Outcome[]): VariantReport['latencyMs'] {
  const all = run.flatMap(({ latencyMs }) => latencyMs ?? []);
  const [p50, p95] = [quantileOf(all, 0.5), quantileOf(all, 0.95)];
  return p50 === undefined || p95 === undefined ? undefined : { p50, p95 };
}

function byTag(cases: readonly Case[], outcomes: readonly Outcome[]): VariantReport['byTag'] {
  const tags = new Set(cases.flatMap((one) => one.tags));
  return [...tags].map((tag) => {
    const some = outcomes.filter((_, index) => cases[index]?.tags.includes(tag));
    return { tag, passed: some.filter(({ status }) => status === 'passed').length, cases: some.length };
  });
}

function compare(cases: readonly Case[], tested: readonly Outcome[], against: readonly Outcome[]): ComparisonReport {
  const pairs = cases
    .map(({ id }, index) => ({ id, now: tested[index] as Outcome, before: against[index] as Outcome }))
    .filter(({ now, before }) => now.status !== 'not_run' && before.status !== 'not_run');
  const idsWhere = (before: Outcome['status'], now: Outcome['status']): readonly string[] =>
    pairs.flatMap((pair) => (pair.before.status === before && pair.now.status === now ? [pair.id] : []));
  const regressions = idsWhere('passed', 'failed');
  const improvements = idsWhere('failed', 'passed');
  const differences = pairs.flatMap(({ now, before }) =>
    now.score === undefined || before.score === undefined ? [] : [now.score - before.score],
  );
  return {
    regressions,
    improvements,
    pairs: pairs.length,
    chance: chanceOf(regressions.length, improvements.length),
    scoreDifference: meanOf(differences),
  };
}

function sum<T>(items: readonly T[], amountOf: (item: T) => number): number {
  return items.reduce((total, item) => total + amountOf(item), 0);
}
