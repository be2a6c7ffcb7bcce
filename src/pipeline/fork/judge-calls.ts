import { canonicalJson, type Json } from '../json.ts';
import type { CheckPlan } from '../check-plan.ts';
import type { Effect, Plan, StepPlan, ToolStepPlan } from '../plan.ts';
import type { CallRecord, StepResult } from '../result.ts';
import type { CompensationView } from '../view.ts';
import { affectedCalls, type News } from './affected-calls.ts';
import { planPathOf, segmentsOf, stepOfRung } from './call-path.ts';
import { callReads } from './call-reads.ts';
import { comparePlans } from './compare-plans.ts';
import type { RepeatedEffect } from './effects.ts';
import { stepsByPath } from './inner-blocks.ts';
import { comesFrom } from './must-run.ts';

/** A run that has ended, as a fork sees it. */
export interface EarlierRun {
  readonly plan: Plan;
  readonly inputs: Readonly<Record<string, Json>>;
  readonly calls: readonly CallRecord[];
  readonly compensations: readonly CompensationView[];
}

/** What a fork is to be. */
export interface ForkOrder {
  readonly plan: Plan;
  readonly inputs: Readonly<Record<string, Json>>;
  /** The path of a step that runs again with all that comes after it. */
  readonly from?: string;
  readonly keepApprovals: boolean;
  readonly reuseReads: boolean;
  /** Tools whose effects stay in the workspace of a run. */
  readonly workspaceTools: ReadonlySet<string>;
}

/** What becomes of a call of an earlier run in a fork. */
export interface Judged {
  readonly call: CallRecord;
  /** What it gave; absent when it did not finish. */
  readonly done: Extract<StepResult, { status: 'done' }> | undefined;
  /** Why the record is of no use to a fork. */
  readonly lost: Loss | undefined;
  /** Why the call will be made again although its record is there. */
  readonly differs: string | undefined;
  readonly effect: RepeatedEffect | undefined;
  /** True for a call that a model wanted: the conversation is taken over as a whole. */
  readonly isInner: boolean;
}

const LOSSES = {
  from: 'it comes with or after the step from which the run is forked',
  approval: 'people are asked again',
  never: 'it is never to be reused',
  undone: 'it was undone',
  half_undone: 'it is not known to have been undone',
  keyless: 'the run did not record what it was made of',
} as const;
type Loss = keyof typeof LOSSES;

/** Says of each call of an earlier run whether a fork may take it over, and what hangs on that. */
export function judgeCalls(before: EarlierRun, order: ForkOrder): readonly Judged[] {
  const steps = stepsByPath(order.plan);
  const undone = new Map(before.compensations.map(({ step, status }) => [step, status]));
  const affected = affectedCalls(order.plan, newsOf(before, order));
  return before.calls.map((call) => {
    const inner = innerCall(call.path);
    const check = checkCall(call.path);
    const path = planPathOf(stepOfRung(inner?.step ?? check?.step ?? call.path));
    const step = steps.get(path);
    const lost = lossOf(call, order, { steps, undone });
    const differs = affected.has(path) ? 'what it is made of changes' : differenceOf(step, order);
    const made = check === undefined ? calledBy(step, inner?.tool) : toolOf(step?.checks[check.index]);
    const effect = effectOf({ call, lost, differs }, made, order);
    const done = call.result.status === 'done' ? call.result : undefined;
    return { call, done, lost, differs, effect, isInner: inner !== undefined };
  });
}

interface Ground {
  readonly steps: ReadonlyMap<string, StepPlan>;
  /** What became of the undoing of steps, by their paths. */
  readonly undone: ReadonlyMap<string, CompensationView['status']>;
}

function lossOf(call: CallRecord, order: ForkOrder, { steps, undone }: Ground): Loss | undefined {
  const { from, plan, keepApprovals } = order;
  if (from !== undefined && comesFrom(plan.steps, segmentsOf(call.path), segmentsOf(from))) return 'from';
  if (call.kind === 'approve' && !keepApprovals) return 'approval';
  const around = pathsTo(call.path);
  if (around.some((path) => steps.get(planPathOf(path))?.reuse === 'never')) return 'never';
  const undoings = around.flatMap((path) => undone.get(path) ?? []);
  if (undoings.length > 0) return undoings.includes('done') ? 'undone' : 'half_undone';
  return call.result.status === 'done' && call.result.key === undefined ? 'keyless' : undefined;
}

function differenceOf(step: StepPlan | undefined, order: ForkOrder): string | undefined {
  if (step === undefined) return 'the step is gone';
  if (callReads(step).some((read) => read.startsWith('run.'))) return 'it reads the run itself';
  if (step.kind !== 'tool') return undefined;
  if (order.workspaceTools.has(step.tool)) return 'what it did lies in the workspace of the run';
  return step.effect === 'reads' && !order.reuseReads ? 'what it reads may have changed' : undefined;
}

type CalledTool = Pick<ToolStepPlan, 'tool' | 'effect'>;

/** The tool that a step calls, or that its model does. */
function calledBy(step: StepPlan | undefined, wanted: string | undefined): CalledTool | undefined {
  if (step?.kind === 'tool') return step;
  return step?.kind === 'model' ? step.tools?.find(({ tool }) => tool === wanted) : undefined;
}

/** `draft/check-0/vote#1`: what a check of a step has called. */
function checkCall(path: string): { readonly step: string; readonly index: number } | undefined {
  const [, step, index] = /^(.+)\/check-(\d+)(?:\/[^/]+)?$/u.exec(path) ?? [];
  return step === undefined ? undefined : { step, index: Number(index) };
}

function toolOf(check: CheckPlan | undefined): CalledTool | undefined {
  return check?.by?.kind === 'tool' ? check.by : undefined;
}

/** `research/turn#2/fs.read[0]`: a call that the model of a step wanted. */
function innerCall(path: string): { readonly step: string; readonly tool: string } | undefined {
  const [, step, tool] = /^(.+)\/turn#\d+\/(.+)\[\d+\]$/u.exec(path) ?? [];
  return step === undefined || tool === undefined ? undefined : { step, tool };
}

const REPEATABLE: ReadonlySet<Effect> = new Set(['once', 'idempotent']);

function effectOf(
  { call, lost, differs }: Pick<Judged, 'call' | 'lost' | 'differs'>,
  made: CalledTool | undefined,
  { workspaceTools }: ForkOrder,
): RepeatedEffect | undefined {
  if (made === undefined || !REPEATABLE.has(made.effect) || workspaceTools.has(made.tool)) return undefined;
  const { path, result } = call;
  const effect = { step: path, tool: made.tool };
  if (result.status === 'failed' && result.error.code === 'TOOL_OUTCOME_UNKNOWN') {
    return { ...effect, because: 'whether it took effect before is not known' };
  }
  if (result.status !== 'done' || lost === 'undone') return undefined;
  if (lost !== undefined) return { ...effect, because: LOSSES[lost] };
  return differs === undefined ? undefined : { ...effect, because: differs };
}

/** The path of a call and those of all that it is in: `a`, `a[3]`, `a[3]/b`. */
function pathsTo(path: string): readonly string[] {
  return [...path.matchAll(/(?=[/[#~]|$)/g)].map(({ index }) => path.slice(0, index));
}

/** What has another value, or another plan, than in the earlier run. */
function newsOf(before: EarlierRun, { plan, inputs }: ForkOrder): News {
  const names = [
    ...changedNames(before.inputs, inputs).map((name) => `inputs.${name}`),
    ...changedNames(before.plan.vars, plan.vars).map((name) => `vars.${name}`),
  ];
  // What was undone is done again, and gives something else.
  const again = before.compensations.map(({ step }) => planPathOf(step));
  return { comparison: comparePlans(before.plan, plan), names: new Set(names), again: new Set(again) };
}

type Values = Readonly<Record<string, Json>>;

function changedNames(before: Values, after: Values): readonly string[] {
  return Object.keys(after).filter((name) => textAt(before, name) !== textAt(after, name));
}

function textAt(values: Values, name: string): string | undefined {
  const value = values[name];
  return value === undefined ? undefined : canonicalJson(value);
}
