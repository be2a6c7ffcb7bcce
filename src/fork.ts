import { readRunRecord } from '../activities/artifacts/run-records.ts';
import { tools } from '../activities/tools/tools.ts';
import { keepValue } from '../activities/values.ts';
import { loadValues, startRun, type Connection } from './client.ts';
import { PipelineError } from './errors.ts';
import { filesAmong, readyInputs } from './input-files/keep.ts';
import { compareRuns, type RunComparison } from './pipeline/compare-runs.ts';
import { checkFrom } from './pipeline/fork/check-from.ts';
import { effectsRepeated } from './pipeline/fork/effects.ts';
import { isBought, planFork, totalCost, type Forecast } from './pipeline/fork/plan-fork.ts';
import type { Json } from './pipeline/json.ts';
import type { Plan } from './pipeline/plan.ts';
import type { RunRecord } from './pipeline/result.ts';
import { loadCalls } from './run-calls.ts';
import { withRun } from './run-handle.ts';

export interface ForkOptions {
  /** The earlier run. It has ended. */
  readonly runId: string;
  /** The path of a step that runs again, with all that comes after it: `review`, `refine/review`, `drafts[3]`. */
  readonly from?: string;
  /** An edited plan; without it the one of the earlier run. */
  readonly plan?: Plan;
  /** Those that change; the others are taken over. */
  readonly inputs?: Readonly<Record<string, unknown>>;
  /** Takes over what people answered. Without it they are asked again. */
  readonly keepApprovals?: boolean;
  /** Takes over what tools have read of the world. */
  readonly reuseReads?: boolean;
  /** Lets tools do a second time what they did in the earlier run. */
  readonly allowEffects?: boolean;
  /** The id of the new run. */
  readonly id?: string;
}

export interface StartedFork extends Forecast {
  readonly runId: string;
  readonly isNew: boolean;
}

/**
 * Starts a run that takes over from an earlier one what need not be done again: every call that is made of the same.
 * Throws `RUN_UNKNOWN`, `RUN_OPEN`, `STEP_UNKNOWN`, `EFFECT_REPEATED`, and what `startRun` throws.
 */
export async function forkRun(connection: Connection, request: ForkOptions): Promise<StartedFork> {
  const { runId, from, allowEffects = false, reuseReads = false, keepApprovals = false, id } = request;
  const record = await readEndedRun(connection, runId, 'fork');
  const plan = request.plan ?? record.plan;
  const before = {
    plan: record.plan,
    inputs: await loadValues(connection, record.inputs),
    calls: await loadCalls(connection, record),
    compensations: record.view.compensations ?? [],
  };
  if (from !== undefined) checkFrom(from, plan, { runId, calls: before.calls });
  const known = filesAmong(record.plan, before.inputs);
  const given = { ...takenOver(plan, before.inputs), ...request.inputs };
  const { values: inputs, files: knownFiles } = await readyInputs(connection, plan, { inputs: given, known });
  const order = { plan, inputs, keepApprovals, reuseReads, workspaceTools, ...(from === undefined ? {} : { from }) };
  const { seed, effects, forecast } = planFork(before, order);
  if (effects.length > 0 && !allowEffects) throw effectsRepeated(runId, effects);
  const kept = await keepValue(connection.store, connection.tenant, seed as unknown as Json);
  const fork = { runId, seed: kept, reuseReads, allowEffects };
  const started = await startRun(connection, { plan, inputs, fork, knownFiles, ...(id === undefined ? {} : { id }) });
  return { ...started, ...forecast };
}

/** What a run took over from earlier ones: the calls, checks aside, and what they would have cost. */
export interface Savings {
  readonly calls: number;
  readonly savedNanoUsd: number;
}

/** What a run that has ended did not have to do. Throws as `forkRun` does. */
export async function savingsOf(connection: Connection, runId: string): Promise<Savings> {
  const calls = await loadCalls(connection, await readEndedRun(connection, runId, 'read'));
  const costs = calls.flatMap(({ kind, result }) =>
    isBought(kind) && 'reused' in result && result.reused !== undefined ? [result.reused.costNanoUsd] : [],
  );
  return { calls: costs.length, savedNanoUsd: totalCost(costs) };
}

/** What differs between two runs that have ended: plan, inputs, outputs, cost, time, verdicts. Throws as `forkRun` does. */
export async function diffRuns(connection: Connection, ...[before, after]: [string, string]): Promise<RunComparison> {
  const records = [before, after].map((runId) => readEndedRun(connection, runId, 'compare'));
  const [one, other] = (await Promise.all(records)) as [RunRecord, RunRecord];
  return compareRuns(one, other);
}

const workspaceTools = new Set(tools.filter(({ isInWorkspace }) => isInWorkspace === true).map(({ name }) => name));

/** The record of a run that has ended. Throws `RUN_OPEN`, `RUN_UNKNOWN` or `RUN_TERMINATED`. */
export async function readEndedRun(connection: Connection, runId: string, verb: string): Promise<RunRecord> {
  const record = await readRunRecord(connection.store, connection.tenant, runId);
  if (record !== undefined) return record;
  const { status } = await withRun(connection, runId, (handle) => handle.describe());
  if (status.name === 'RUNNING') {
    const message = `Cannot ${verb} run "${runId}": it has not ended; wait for its end (\`orchestrator runs watch\`) or end it (\`orchestrator runs cancel\`)`;
    throw new PipelineError('RUN_OPEN', message);
  }
  throw new PipelineError(
    'RUN_TERMINATED',
    `Cannot ${verb} run "${runId}": it was stopped in Temporal and left no record`,
  );
}

/** The inputs of the earlier run that the plan still has. */
function takenOver({ inputs }: Plan, before: Readonly<Record<string, Json>>): Readonly<Record<string, Json>> {
  return Object.fromEntries(Object.entries(before).filter(([name]) => Object.hasOwn(inputs, name)));
}
