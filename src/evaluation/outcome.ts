import type { ErrorCode } from '../errors.ts';
import type { BillLine } from '../pipeline/bill.ts';
import type { JsonObject } from '../pipeline/json.ts';
import type { CallRecord, Verdict } from '../pipeline/result.ts';
import type { Case } from './cases.ts';
import { compareOutputs, type Mismatch } from './expected.ts';
import { CASE_STEPS } from './plan.ts';

/** What a check said of a step, the last time that it was asked. */
export interface JudgedStep extends Verdict {
  /** The path of the step in the evaluated pipeline. */
  readonly step: string;
}

export interface CaseError {
  readonly code: ErrorCode;
  readonly message: string;
}

/** How a case went with one pipeline. */
export interface Outcome {
  /** `not_run`: the evaluation ended before the case did. */
  readonly status: 'passed' | 'failed' | 'not_run';
  /** Why the pipeline itself failed. */
  readonly error?: CaseError;
  readonly checks: readonly JudgedStep[];
  readonly mismatches: readonly Mismatch[];
  /**
   * The mean of what the checks say and of the share of expected outputs; 0 of a case that failed for another reason
   * than a check. Absent where nothing judges.
   */
  readonly score?: number;
  readonly outputs?: JsonObject;
  /** From its first step to its last, waiting included. */
  readonly latencyMs?: number;
  readonly tokens: number;
  /** What nobody knows counts as nothing. */
  readonly costNanoUsd: number;
  readonly hasUnknownCost: boolean;
}

/** What a run has written down about one case. */
export interface CaseFacts {
  /** Calls of its steps; their paths begin at the case: `run/classify`. */
  readonly calls: readonly CallRecord[];
  readonly bought: readonly BillLine[];
  /** Absent when the case has not ended. */
  readonly end?: { readonly error: CaseError | null };
  /** Of one that is done. */
  readonly outputs?: JsonObject;
}

/**
 * Judges a case by what was written down: it has passed when it is done, all its checks are passed, and its outputs are
 * as expected. `hasChecks`: its pipeline has some, whether or not they were asked.
 */
export function outcomeOf(
  { expected, hasChecks }: Pick<Case, 'expected'> & { readonly hasChecks: boolean },
  { calls, bought, end, outputs }: CaseFacts,
): Outcome {
  const spent = {
    tokens: sum(bought, ({ usage }) => (usage === undefined ? 0 : usage.inputTokens + usage.outputTokens)),
    costNanoUsd: sum(bought, ({ costNanoUsd }) => costNanoUsd ?? 0),
    hasUnknownCost: bought.some(({ costNanoUsd }) => costNanoUsd === null),
  };
  if (end === undefined) return { status: 'not_run', checks: [], mismatches: [], ...spent };
  const checks = lastVerdicts(calls);
  const compared = expected === undefined ? undefined : compareOutputs(expected, outputs ?? {});
  const scores = [...checks.map(({ score }) => score), ...(compared === undefined ? [] : [compared.score])];
  const error = end.error ?? undefined;
  const score = scoreOf(scores, { isBroken: hasChecks && error !== undefined && error.code !== 'CHECK_FAILED' });
  const isRight = checks.every(({ passed }) => passed) && (compared?.mismatches ?? []).length === 0;
  return {
    status: error === undefined && isRight ? 'passed' : 'failed',
    ...(error === undefined ? {} : { error }),
    checks,
    mismatches: error === undefined ? (compared?.mismatches ?? []) : [],
    ...(score === undefined ? {} : { score }),
    ...(outputs === undefined ? {} : { outputs }),
    latencyMs: latencyOf(calls),
    ...spent,
  };
}

function scoreOf(scores: readonly number[], { isBroken }: { readonly isBroken: boolean }): number | undefined {
  if (isBroken) return 0;
  return scores.length === 0 ? undefined : sum(scores, (score) => score) / scores.length;
}

/** Of rounds, tries and rungs of a ladder the last one counts. */
function lastVerdicts(calls: readonly CallRecord[]): readonly JudgedStep[] {
  const last = new Map<string, JudgedStep>();
  for (const { path, kind, result } of calls) {
    const [, judged, number] = /^run\/(.*)\/(check-\d+)$/su.exec(path) ?? [];
    if (judged === undefined || kind !== 'check' || result.status !== 'done' || !('inline' in result.output)) continue;
    const { check, passed, score, reason } = result.output.inline as unknown as Verdict;
    const step = judged.replace(/\/(?:repair|model|ask)-\d+$/u, '');
    const settled = `${step.replaceAll(/[#~]\d+/gu, '')}/${number}`;
    // Set anew, so that it stands where it was said last.
    last.delete(settled);
    last.set(settled, { step, check, passed, score, reason });
  }
  return [...last.values()];
}

function latencyOf(calls: readonly CallRecord[]): number {
  const endOf = (step: string): number => calls.find(({ path }) => path === step)?.endedAt ?? 0;
  return endOf(CASE_STEPS.ended) - endOf(CASE_STEPS.began);
}

function sum<T>(items: readonly T[], amountOf: (item: T) => number): number {
  return items.reduce((total, item) => total + amountOf(item), 0);
}
