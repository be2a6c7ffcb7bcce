import type { Outcome } from '../../evaluation/outcome.ts';
import type { ComparisonReport, EvaluationReport, VariantReport } from '../../evaluation/report.ts';
import type { Interval } from '../../evaluation/statistics.ts';
import type { JsonObject } from '../../pipeline/json.ts';
import { isoTime } from '../screen/amounts.ts';

/** An evaluation as `--json` shows it. Costs are whole nano-dollars, times milliseconds; null where nothing is known. */
export function evaluationReport(report: EvaluationReport): JsonObject {
  const { comparison, variants, cases } = report;
  return {
    event: 'eval',
    run_id: report.runId,
    status: report.status,
    ...(report.reason === undefined ? {} : { reason: report.reason }),
    started_at: isoTime(report.startedAt),
    ended_at: isoTime(report.endedAt),
    is_complete: report.isComplete,
    variants: variants.map(variantReport),
    comparison: comparison === undefined ? null : comparisonReport(comparison),
    cases: cases.map(({ id, line, tags, tested, against }) => ({
      id,
      line,
      tags: [...tags],
      tested: outcomeReport(tested),
      ...(against === undefined ? {} : { against: outcomeReport(against) }),
    })),
  };
}

function variantReport(report: VariantReport): JsonObject {
  const { latencyMs } = report;
  return {
    variant: report.variant,
    file: report.file,
    passed: report.passed,
    failed: report.failed,
    not_run: report.notRun,
    pass_rate: intervalReport(report.passRate),
    score: intervalReport(report.score),
    latency_ms: latencyMs === undefined ? null : { ...latencyMs },
    tokens: report.tokens,
    cost_nano_usd: report.costNanoUsd,
    cost_per_case_nano_usd: report.costPerCaseNanoUsd ?? null,
    has_unknown_cost: report.hasUnknownCost,
    by_tag: report.byTag.map((each) => ({ ...each })),
  };
}

function comparisonReport({ regressions, improvements, pairs, chance, scoreDifference }: ComparisonReport): JsonObject {
  return {
    regressions: [...regressions],
    improvements: [...improvements],
    pairs,
    chance,
    score_difference: intervalReport(scoreDifference),
  };
}

function intervalReport(interval: Interval | undefined): JsonObject | null {
  return interval === undefined ? null : { ...interval };
}

function outcomeReport(outcome: Outcome): JsonObject {
  const { status, error, checks, mismatches, score, outputs, latencyMs, tokens, costNanoUsd } = outcome;
  return {
    status,
    ...(error === undefined ? {} : { error: { code: error.code, message: error.message } }),
    score: score ?? null,
    checks: checks.map(({ step, check, passed, score: said, reason }) => ({
      step,
      check,
      passed,
      score: said,
      reason,
    })),
    mismatches: mismatches.map(({ path, expected, found }) => ({ path, expected, found: found ?? null })),
    outputs: outputs ?? null,
    latency_ms: latencyMs ?? null,
    tokens,
    cost_nano_usd: costNanoUsd,
    has_unknown_cost: outcome.hasUnknownCost,
  };
}
