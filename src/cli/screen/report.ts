import type { Json, JsonObject } from '../../pipeline/json.ts';
import type { RungFacts, Usage } from '../../pipeline/result.ts';
import type { Limits } from '../../pipeline/ledger.ts';
import type { BudgetView, RunView, StepView, ViewedValue } from '../../pipeline/view.ts';
import { isoTime } from './amounts.ts';
import { askReports } from './ask-report.ts';
import { errorReport } from './step-error.ts';

/** A run as `--json` shows it: the words of the pipeline language, times in ISO 8601, money in dollars. */
export function runReport(view: RunView): JsonObject {
  const { forkOf, savedNanoUsd, compensations, files, children, budget } = view;
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
    steps: view.steps.map(stepTree),
    ...askReports(view),
    ...(budget === undefined ? {} : { budget: budgetReport(budget) }),
    ...(compensations === undefined ? {} : { compensations: compensations.map(compensationReport) }),
    ...(children === undefined ? {} : { children: children.map(({ path, runId }) => ({ path, run_id: runId })) }),
    ...(files === undefined ? {} : { files: files.map((file) => ({ ...file })) }),
    ...(forkOf === undefined ? {} : { fork_of: forkOf }),
    ...(savedNanoUsd === undefined ? {} : { saved_usd: savedNanoUsd / 1e9 }),
  };
}

function budgetReport({ limit, spent, reserved, steps = [] }: BudgetView): JsonObject {
  return {
    limit: amountReport(limit),
    spent: amountReport(spent),
    set_aside: amountReport(reserved),
    steps: steps.map((one) => ({
      step: one.step,
      limit: amountReport(one.limit),
      spent: amountReport(one.spent),
      set_aside: amountReport(one.reserved),
    })),
  };
}

/** A limit that there is not is null. */
function amountReport({ nanoUsd, tokens }: Limits): JsonObject {
  return { usd: nanoUsd === undefined ? null : nanoUsd / 1e9, tokens: tokens ?? null };
}

/** What happened in a step of a run. */
export function stepsReport({ runId, status }: RunView, steps: readonly StepView[]): JsonObject {
  return { run_id: runId, status, steps: steps.map(stepReport) };
}

/** A step with those inside it. */
function stepTree(step: StepView): JsonObject {
  return { ...stepReport(step), ...(step.steps === undefined ? {} : { steps: step.steps.map(stepTree) }) };
}

/** A step without those inside it. */
export function stepReport(step: StepView): JsonObject {
  const { id, path, kind, status, progress, round, childRunId } = step;
  const base = {
    id,
    ...(path === undefined ? {} : { path }),
    kind,
    status,
    ...(progress === undefined ? {} : { progress: { ...progress } }),
    ...(round === undefined ? {} : { round }),
    ...(childRunId === undefined ? {} : { child_run_id: childRunId }),
  };
  if (step.status === 'pending') return base;
  const startedAt = step.startedAt === undefined ? null : isoTime(step.startedAt);
  if (!('endedAt' in step)) return { ...base, started_at: startedAt };
  const settled = { ...base, started_at: startedAt, ended_at: isoTime(step.endedAt) };
  if (step.status === 'skipped' || step.status === 'cancelled') return { ...settled, because: step.because };
  return {
    ...settled,
    ...callReport(step),
    ...(step.status === 'done'
      ? { ...formReport(step), ...valueReport(step.output) }
      : { error: errorReport(step.error) }),
  };
}

type Ended = Extract<StepView, { status: 'done' | 'failed' }>;

function callReport(step: Ended): JsonObject {
  const { attempts, model, usage, costNanoUsd, checks, passedOver, reused, handled, givenBy, rungs } = step;
  return {
    attempts,
    ...(model === undefined ? {} : { model }),
    ...(usage === undefined ? {} : { usage: usageReport(usage) }),
    cost_usd: usdOf(costNanoUsd),
    checks: checks.map((verdict) => ({ ...verdict })),
    ...(passedOver === undefined ? {} : { passed_over: passedOver.map((one) => ({ ...one })) }),
    ...(reused === undefined ? {} : { reused: { run_id: reused.runId, cost_usd: usdOf(reused.costNanoUsd) } }),
    ...(handled === undefined ? {} : { handled: errorReport(handled) }),
    ...(givenBy === undefined ? {} : { given_by: givenBy }),
    ...(rungs === undefined ? {} : { rungs: rungs.map(rungReport) }),
  };
}

function rungReport({ costNanoUsd, isEdited, error, by, because, ...rung }: RungFacts): JsonObject {
  return {
    ...rung,
    cost_usd: usdOf(costNanoUsd),
    because: because.map((verdict) => ({ ...verdict })),
    ...(by === undefined ? {} : { by: [...by] }),
    ...(isEdited === undefined ? {} : { is_edited: isEdited }),
    ...(error === undefined ? {} : { error: errorReport(error) }),
  };
}

function formReport(step: Extract<StepView, { status: 'done' }>): JsonObject {
  const { case: chosen, rounds, stopped, counts, failures, decision } = step;
  return {
    ...(chosen === undefined ? {} : { case: chosen }),
    ...(rounds === undefined ? {} : { rounds }),
    ...(stopped === undefined ? {} : { stopped }),
    ...(counts === undefined ? {} : { items: { ...counts } }),
    ...(failures === undefined ? {} : { failures: failures.map((failure) => ({ ...failure })) }),
    ...(decision === undefined ? {} : { decision: { choice: decision.choice, by: [...decision.by] } }),
  };
}

/** Values that live in the artifact store are named, not loaded: a stream of events stays small. */
function valueReport(value: ViewedValue): JsonObject {
  if ('inline' in value) return { output: value.inline };
  return 'artifact' in value ? { output_artifact: { ...value.artifact } } : { output_preview: value.preview };
}

function compensationReport({ step, status, error }: NonNullable<RunView['compensations']>[number]): JsonObject {
  return { step, status, ...(error === undefined ? {} : { error: errorReport(error) }) };
}

function usageReport(usage: Usage): Json {
  return {
    input_tokens: usage.inputTokens,
    output_tokens: usage.outputTokens,
    cached_input_tokens: usage.cachedInputTokens,
  };
}

function usdOf(nanoUsd: number | null): number | null {
  return nanoUsd === null ? null : nanoUsd / 1e9;
}
