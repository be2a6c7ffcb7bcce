import { planPathOf, stepOfRung } from './fork/call-path.ts';
import { stepsByPath } from './fork/inner-blocks.ts';
import type { JsonObject } from './json.ts';
import type { Plan, StepPlan } from './plan.ts';
import type { CallRecord, StepError, Verdict } from './result.ts';
import type { RunStatus } from './view.ts';

/** What the checks of a run have said, and what became of it. */
export interface QualityReport {
  readonly runId: string;
  readonly pipeline: string;
  readonly status: RunStatus;
  /** Of what was given at the end: verdicts on outputs that were replaced are not among them. */
  readonly verdicts: { readonly total: number; readonly passed: number };
  /** How many outputs were judged, by what became of them. */
  readonly outcomes: Readonly<Record<Outcome, number>>;
  readonly cost: QualityCost;
  readonly steps: readonly JudgedStep[];
}

/** What the run paid for, in nano-dollars; a price that is not known counts as nothing. */
export interface QualityCost {
  readonly totalNanoUsd: number;
  /** Of it, what models were paid to repair and to answer in place of others. */
  readonly rungsNanoUsd: number;
  /** Of it, what checks were paid for. */
  readonly checksNanoUsd: number;
  readonly hasUnknown: boolean;
}

/**
 * `passed`: the first output passes; `repaired`: one that the gate had made does; `accepted`: people took it; `continued`:
 * it was taken although it does not pass; `failed`: it was not taken; `open`: that is not decided.
 */
export type Outcome = 'passed' | 'repaired' | 'accepted' | 'continued' | 'failed' | 'open';

/** An output that was judged, of every item and round. */
export interface JudgedStep {
  readonly step: string;
  readonly outcome: Outcome;
  /** The first output, and what each rung gave. */
  readonly tries: readonly JudgedTry[];
}

export interface JudgedTry {
  readonly by: 'step' | 'repair' | 'model' | 'ask';
  readonly path: string;
  readonly model?: string;
  readonly costNanoUsd: number | null;
  readonly error?: Pick<StepError, 'code' | 'message'>;
  /** Who decided what, of people who were asked. */
  readonly decision?: { readonly choice: string; readonly by: readonly string[]; readonly comment?: string };
  readonly checks: readonly Verdict[];
}

/** What a report is made of: all calls of a run, in the order of their ends. */
export interface Reported {
  readonly runId: string;
  readonly pipeline: string;
  readonly status: RunStatus;
  readonly plan: Plan | undefined;
  readonly calls: readonly CallRecord[];
}

export function makeQualityReport({ runId, pipeline, status, plan, calls }: Reported): QualityReport {
  const tries = triesIn(calls);
  const plans: ReadonlyMap<string, StepPlan> = plan === undefined ? new Map() : stepsByPath(plan);
  const isOver = status === 'done' || status === 'failed' || status === 'cancelled';
  const steps = [...Map.groupBy(tries, ({ path }) => stepOfRung(path))].map(([step, some]): JudgedStep => {
    const outcome = outcomeOf(some, { plan: plans.get(planPathOf(step)), isOver });
    return { step, outcome, tries: some };
  });
  const last = steps.flatMap(({ tries: some }) => some.findLast(({ checks }) => checks.length > 0)?.checks ?? []);
  return {
    runId,
    pipeline,
    status,
    verdicts: { total: last.length, passed: last.filter(({ passed }) => passed).length },
    outcomes: countsOf(steps),
    cost: costOf(calls),
    steps,
  };
}

/** A report as other programs read it: the words of the language, money in dollars. */
export function qualityJson({ runId, pipeline, status, verdicts, outcomes, cost, steps }: QualityReport): JsonObject {
  return {
    run_id: runId,
    pipeline,
    status,
    verdicts: { ...verdicts },
    outcomes: { ...outcomes },
    cost: {
      total_usd: cost.totalNanoUsd / 1e9,
      rungs_usd: cost.rungsNanoUsd / 1e9,
      checks_usd: cost.checksNanoUsd / 1e9,
      is_complete: !cost.hasUnknown,
    },
    steps: steps.map(({ step, outcome, tries }) => ({ step, outcome, tries: tries.map(tryJson) })),
  };
}

function tryJson({ by, path, model, costNanoUsd, error, decision, checks }: JudgedTry): JsonObject {
  return {
    by,
    path,
    ...(model === undefined ? {} : { model }),
    cost_usd: costNanoUsd === null ? null : costNanoUsd / 1e9,
    ...(error === undefined ? {} : { error: { ...error } }),
    ...(decision === undefined ? {} : { decision: { ...decision, by: [...decision.by] } }),
    checks: checks.map(({ check, passed, score, reason }) => ({ check, passed, score, reason })),
  };
}

const CHECK = /^(.*)\/check-\d+$/u;
const OF_CHECK = /\/check-\d+(?:\/|$)/u;
const RUNG = /\/(repair|model|ask)-\d+$/u;

/** Everything that was judged, or made because something was judged, in order. */
function triesIn(calls: readonly CallRecord[]): readonly JudgedTry[] {
  const verdicts = new Map<string, Verdict[]>();
  for (const { path, kind, result } of calls) {
    const [, judged] = CHECK.exec(path) ?? [];
    if (kind !== 'check' || judged === undefined || result.status !== 'done' || !('inline' in result.output)) continue;
    const all = verdicts.get(judged) ?? [];
    verdicts.set(judged, all);
    all.push(result.output.inline as unknown as Verdict);
  }
  const records = new Map(calls.map((call) => [call.path, call]));
  const rungs = calls.flatMap(({ path }) => (RUNG.test(path) ? [path] : []));
  return [...new Set([...verdicts.keys(), ...rungs])].map((path) =>
    tryOf(path, { record: records.get(path), checks: verdicts.get(path) ?? [] }),
  );
}

interface Found {
  readonly record: CallRecord | undefined;
  readonly checks: readonly Verdict[];
}

function tryOf(path: string, { record, checks }: Found): JudgedTry {
  const by = (RUNG.exec(path)?.[1] ?? 'step') as JudgedTry['by'];
  const result = record?.result;
  if (result?.status !== 'done' && result?.status !== 'failed') return { by, path, costNanoUsd: 0, checks };
  const { model, costNanoUsd } = result;
  const facts = { by, path, costNanoUsd, checks, ...(model === undefined ? {} : { model }) };
  if (result.status === 'failed') {
    const { code, message } = result.error;
    return { ...facts, error: { code, message } };
  }
  return result.decision === undefined ? facts : { ...facts, decision: { ...result.decision, ...commentOf(result) } };
}

function commentOf({ output }: Extract<CallRecord['result'], { status: 'done' }>): { readonly comment?: string } {
  const said = 'inline' in output ? (output.inline as { readonly comment?: string | null } | null)?.comment : undefined;
  return typeof said === 'string' ? { comment: said } : {};
}

function outcomeOf(
  tries: readonly JudgedTry[],
  { plan, isOver }: { readonly plan: StepPlan | undefined; readonly isOver: boolean },
): Outcome {
  const decision = tries.findLast((each) => each.decision !== undefined)?.decision;
  if (decision?.choice === 'accept') return 'accepted';
  const judged = tries.findLast(({ checks }) => checks.length > 0);
  if (judged?.checks.every(({ passed }) => passed) === true) return judged.by === 'step' ? 'passed' : 'repaired';
  if (decision === undefined && plan?.onCheckFail?.at(-1)?.kind === 'continue' && isOver) return 'continued';
  return isOver ? 'failed' : 'open';
}

function countsOf(steps: readonly JudgedStep[]): QualityReport['outcomes'] {
  const counts = { passed: 0, repaired: 0, accepted: 0, continued: 0, failed: 0, open: 0 };
  for (const { outcome } of steps) counts[outcome] += 1;
  return counts;
}

function costOf(calls: readonly CallRecord[]): QualityCost {
  const costs = calls.map(({ path, result }) => ({ path, cost: 'costNanoUsd' in result ? result.costNanoUsd : 0 }));
  const sum = (isMeant: (path: string) => boolean): number =>
    costs.reduce((all, { path, cost }) => all + (isMeant(path) ? (cost ?? 0) : 0), 0);
  return {
    totalNanoUsd: sum(() => true),
    rungsNanoUsd: sum((path) => RUNG.test(path)),
    checksNanoUsd: sum((path) => OF_CHECK.test(path)),
    hasUnknown: costs.some(({ cost }) => cost === null),
  };
}
