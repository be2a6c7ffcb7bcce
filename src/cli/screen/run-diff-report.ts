import type { Pair, RunComparison, RunTotals, StepComparison, StepFacts } from '../../pipeline/compare-runs.ts';
import type { JsonObject } from '../../pipeline/json.ts';
import type { Usage } from '../../pipeline/result.ts';
import type { ViewedValue } from '../../pipeline/view.ts';

/** A comparison as `--json` shows it. Long values are named, not loaded. */
export function diffReport({ before, after, isPlanSame, plan, inputs, outputs, steps }: RunComparison): JsonObject {
  const { added, removed, changed, pipeline } = plan;
  return {
    before: totalsReport(before),
    after: totalsReport(after),
    plan: {
      same: isPlanSame,
      added,
      removed,
      changed: changed.map(({ step, keys }) => ({ step, keys })),
      pipeline,
    },
    inputs: valuesReport(inputs),
    outputs: valuesReport(outputs),
    steps: steps.map(stepReport),
  };
}

function pairReport<T>({ before, after }: Pair<T>, report: (value: T) => JsonObject): JsonObject {
  return {
    before: before === undefined ? null : report(before),
    after: after === undefined ? null : report(after),
  };
}

function valuesReport(values: Readonly<Record<string, Pair<ViewedValue>>>): JsonObject {
  return Object.fromEntries(Object.entries(values).map(([name, pair]) => [name, pairReport(pair, valueReport)]));
}

function valueReport(value: ViewedValue): JsonObject {
  if ('inline' in value) return { value: value.inline };
  return 'artifact' in value ? { artifact: { ...value.artifact } } : { preview: value.preview };
}

function totalsReport({
  runId,
  status,
  error,
  usage,
  costNanoUsd,
  hasUnknownCost,
  savedNanoUsd,
  ms,
}: RunTotals): JsonObject {
  return {
    run_id: runId,
    status,
    error: error ?? null,
    ...usageReport(usage),
    cost_usd: costNanoUsd / 1e9,
    cost_is_complete: !hasUnknownCost,
    saved_usd: savedNanoUsd / 1e9,
    ms,
  };
}

function usageReport({ inputTokens, outputTokens, cachedInputTokens }: Usage): JsonObject {
  return { input_tokens: inputTokens, output_tokens: outputTokens, cached_input_tokens: cachedInputTokens };
}

function stepReport({ step, facts, output, verdicts }: StepComparison): JsonObject {
  return {
    step,
    ...pairReport(facts, factsReport),
    output: output === 'same' ? 'same' : pairReport(output, valueReport),
    verdicts: verdicts.map(({ check, before, after }) => ({
      check,
      before: before === undefined ? null : { ...before },
      after: after === undefined ? null : { ...after },
    })),
  };
}

function factsReport({ status, error, model, usage, costNanoUsd, isReused, ms }: StepFacts): JsonObject {
  return {
    status,
    ...(error === undefined ? {} : { error }),
    ...(model === undefined ? {} : { model }),
    ...(usage === undefined ? {} : usageReport(usage)),
    ...(costNanoUsd === undefined ? {} : { cost_usd: costNanoUsd === null ? null : costNanoUsd / 1e9 }),
    ...(isReused ? { reused: true } : {}),
    ...(ms === undefined ? {} : { ms }),
  };
}
