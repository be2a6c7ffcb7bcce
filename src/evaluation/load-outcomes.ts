import { readRunRecord } from '../../activities/artifacts/run-records.ts';
import { loadValue, type Connection } from '../client.ts';
import { PipelineError } from '../errors.ts';
import { makeBill, type BillLine } from '../pipeline/bill.ts';
import type { Json, JsonObject } from '../pipeline/json.ts';
import type { StepPlan } from '../pipeline/plan.ts';
import { innerSteps } from '../pipeline/plan-steps.ts';
import type { CallRecord } from '../pipeline/result.ts';
import type { RunView } from '../pipeline/view.ts';
import { loadCalls } from '../run-calls.ts';
import type { Case } from './cases.ts';
import { outcomeOf, type CaseFacts, type Outcome } from './outcome.ts';
import { CASE_STEPS, type Variant } from './plan.ts';

/** An evaluation that has ended: its run, and how each case went, in the order of the cases. */
export interface Evaluated {
  readonly view: RunView;
  readonly outcomes: { readonly [Key in Variant]?: readonly Outcome[] };
}

/**
 * How the cases of an evaluation went, from the record of its run. What is expected is read from the cases as they are
 * now. Throws `RUN_TERMINATED` when the run left no record.
 */
export async function loadOutcomes(connection: Connection, runId: string, cases: readonly Case[]): Promise<Evaluated> {
  const record = await readRunRecord(connection.store, connection.tenant, runId);
  if (record === undefined) {
    const is = 'it was stopped in Temporal and left no record';
    throw new PipelineError('RUN_TERMINATED', `Cannot tell how evaluation "${runId}" went: ${is}`);
  }
  const calls = (await loadCalls(connection, record)).toSorted((one, other) => one.endedAt - other.endedAt);
  const callsOf = Map.groupBy(calls, ({ path }) => caseOf(path));
  const boughtOf = Map.groupBy(makeBill(calls, undefined).lines, ({ step }) => caseOf(step));
  const outcomes = record.plan.steps.map(async (step) => {
    const variant = step.id as Variant;
    const hasChecks = isChecked(step);
    const each = cases.map(async (one, index) => {
      const at = `${variant}[${index}]`;
      const facts = { calls: callsOf.get(at) ?? [], bought: boughtOf.get(at) ?? [] };
      return outcomeOf({ ...one, hasChecks }, await factsOf(connection, at, facts));
    });
    return [variant, await Promise.all(each)] as const;
  });
  return { view: record.view, outcomes: Object.fromEntries(await Promise.all(outcomes)) };
}

function isChecked(step: StepPlan): boolean {
  return step.checks.length > 0 || innerSteps(step).some(isChecked);
}

/** `tested[3]/run/classify` belongs to `tested[3]`. */
function caseOf(path: string): string {
  return path.slice(0, path.indexOf(']') + 1);
}

async function factsOf(
  connection: Connection,
  at: string,
  { calls, bought }: { calls: readonly CallRecord[]; bought: readonly BillLine[] },
): Promise<CaseFacts> {
  const own = calls.map((call) => ({ ...call, path: call.path.slice(at.length + 1) }));
  const valueOf = async (step: string): Promise<Json | undefined> => {
    const result = own.find(({ path }) => path === step)?.result;
    return result?.status === 'done' ? loadValue(connection, result.output) : undefined;
  };
  const [end, outputs] = await Promise.all([valueOf(CASE_STEPS.ended), valueOf(CASE_STEPS.output)]);
  return {
    calls: own,
    bought,
    ...(end === undefined ? {} : { end: end as unknown as NonNullable<CaseFacts['end']> }),
    ...(outputs === undefined ? {} : { outputs: outputs as JsonObject }),
  };
}
