import type { Json, JsonObject } from '../../pipeline/json.ts';
import type { Usage } from '../../pipeline/result.ts';
import type { RunView, StepView, ViewedValue } from '../../pipeline/view.ts';

/** A run as `--json` shows it: the words of the pipeline language, times in ISO 8601, money in dollars. */
export function runReport(view: RunView): JsonObject {
  return {
    run_id: view.runId,
    pipeline: view.pipeline.name,
    ...(view.pipeline.version === undefined ? {} : { pipeline_version: view.pipeline.version }),
    plan_hash: view.pipeline.planHash,
    status: view.status,
    started_at: isoTime(view.startedAt),
    ended_at: view.endedAt === undefined ? null : isoTime(view.endedAt),
    usage: usageReport(view.usage),
    cost_usd: view.costNanoUsd / 1e9,
    cost_is_complete: !view.hasUnknownCost,
    error: view.error === undefined ? null : { step: view.error.stepId ?? null, ...errorReport(view.error) },
    steps: view.steps.map(stepReport),
  };
}

export function stepReport(step: StepView): JsonObject {
  const base = { id: step.id, kind: step.kind, status: step.status };
  if (step.status === 'pending') return base;
  const startedAt = step.startedAt === undefined ? null : isoTime(step.startedAt);
  if (!('endedAt' in step)) return { ...base, started_at: startedAt };
  const settled = { ...base, started_at: startedAt, ended_at: isoTime(step.endedAt) };
  if (step.status === 'skipped' || step.status === 'cancelled') return { ...settled, because: step.because };
  return {
    ...settled,
    attempts: step.attempts,
    ...(step.model === undefined ? {} : { model: step.model }),
    ...(step.usage === undefined ? {} : { usage: usageReport(step.usage) }),
    cost_usd: step.costNanoUsd === null ? null : step.costNanoUsd / 1e9,
    checks: step.checks.map((verdict) => ({ ...verdict })),
    ...(step.passedOver === undefined ? {} : { passed_over: step.passedOver.map((one) => ({ ...one })) }),
    ...(step.status === 'done' ? valueReport(step.output) : { error: errorReport(step.error) }),
  };
}

/** Values that live in the artifact store are named, not loaded: a stream of events stays small. */
function valueReport(value: ViewedValue): JsonObject {
  if ('inline' in value) return { output: value.inline };
  return 'artifact' in value ? { output_artifact: { ...value.artifact } } : { output_preview: value.preview };
}

function errorReport(error: {
  readonly code: string;
  readonly message: string;
  readonly attempts: number;
}): JsonObject {
  return { code: error.code, message: error.message, attempts: error.attempts };
}

function usageReport(usage: Usage): Json {
  return {
    input_tokens: usage.inputTokens,
    output_tokens: usage.outputTokens,
    cached_input_tokens: usage.cachedInputTokens,
  };
}

export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
