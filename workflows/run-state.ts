import { workflowInfo } from '@temporalio/workflow';
import type { Json } from '../src/pipeline/json.ts';
import type { Plan, StepPlan } from '../src/pipeline/plan.ts';
import type { CallFacts, CallRecord, StepError, StepResult } from '../src/pipeline/result.ts';
import type { RunValues } from '../src/pipeline/scope.ts';
import type { StoredValue } from '../src/pipeline/value.ts';
import type { RunStatus, SavedFile } from '../src/pipeline/view.ts';
import type { Place } from './call.ts';
import { addTo, emptyTally, type Frame, type Tally } from './frame.ts';
import { openGate, type Gate } from './gate.ts';
import { noteLength, openRenewal, type Renewal } from './history-length.ts';
import { openMoney, type Money } from './money.ts';
import { openMemory, type Memory } from './memory.ts';
import type { Carried, ForkRequest, PartRequest, RunRequest, RunRoot } from './run-request.ts';
import { openSteering, type Steering } from './steering.ts';
import type { Undoing } from './undo.ts';

/** How a run ends. */
export type Outcome =
  | { readonly status: 'done'; readonly outputs: Readonly<Record<string, StoredValue>> }
  | { readonly status: 'failed'; readonly error: StepError & { readonly stepId?: string } }
  | { readonly status: 'cancelled' };

/** What a run, or a part of one with a history of its own, knows about itself: the one mutable thing in the workflow. */
export interface RunState {
  readonly forms: Forms;
  readonly workflowId: string;
  readonly tenant: string;
  /** The run as expressions see it; the same in all its parts. */
  readonly root: RunRoot;
  readonly pipeline: { readonly name: string; readonly version?: string; readonly planHash: string };
  readonly startedAt: number;
  readonly inputs: Readonly<Record<string, StoredValue>>;
  readonly vars: Readonly<Record<string, Json>>;
  readonly fork: ForkRequest | undefined;
  readonly renewAfterEvents: number | undefined;
  readonly protocol: number;
  readonly slots: Slots;
  readonly memory: Memory;
  readonly steering: Steering;
  readonly undoing: Undoing;
  /** Calls that ended in this history, and artifacts that hold those of others. */
  readonly calls: CallRecord[];
  readonly moreCalls: StoredValue[];
  readonly files: SavedFile[];
  readonly spent: Tally;
  readonly clock: Clock;
  /** Absent where nothing limits what is spent. */
  money: Money | undefined;
  outcome: (Outcome & { readonly endedAt: number }) | undefined;
  readonly gate: Gate;
  /** The status that lists of runs know. */
  readonly listed: { status: RunStatus };
  /** Something wakes the loops that run blocks, since what held them up may be over. */
  readonly wakers: Set<() => void>;
  /** Calls and decisions under way: a history is not left before they have ended. */
  busy: number;
  readonly renewal: Renewal;
}

/** How long the run has taken, without the time that it stood still, in milliseconds. */
export interface Clock {
  ranMs: number;
  /** Since when it runs; undefined while it stands still. */
  since: number | undefined;
}

/** How a step is run, for the forms that hold steps: they are a circle, which is closed where a workflow begins. */
export interface Forms {
  readonly runStep: (state: RunState, place: Place, step: StepPlan) => Promise<StepResult>;
  /** The step without its condition and its loop over items. */
  readonly runItem: (state: RunState, place: Place, step: StepPlan) => Promise<StepResult>;
}

/** How many steps may go on at a time, and how many do. */
export interface Slots {
  readonly limit: number;
  taken: number;
}

export function openRun(forms: Forms, request: RunRequest, carried: Carried | undefined): RunState {
  const { plan, inputs, files } = request;
  const runId = workflowInfo().workflowId;
  const startedAt = carried?.startedAt ?? Date.now();
  const given = { isPaused: false, events: [], ignored: [], updates: [] };
  return {
    forms,
    ...openCommon(request, carried),
    root: { runId, startedAt, costNanoUsd: 0, ...(files === undefined ? {} : { files }) },
    pipeline: pipelineOf(plan),
    startedAt,
    inputs,
    vars: plan.vars,
    money: openMoney(plan.limits.budget, { carried: carried?.budget }),
    slots: { limit: plan.limits.concurrency, taken: 0 },
    steering: openSteering(carried ?? given),
    listed: { status: carried?.listed ?? 'running' },
  };
}

export function openPart(forms: Forms, request: PartRequest, carried: Carried | undefined): RunState {
  const { work, concurrency, pipeline } = request;
  const startedAt = carried?.startedAt ?? Date.now();
  const given = { isPaused: request.isPaused, events: request.events, ignored: [], updates: [] };
  const isPipeline = work.kind === 'pipeline';
  return {
    forms,
    ...openCommon(request, carried),
    root: request.root,
    pipeline: isPipeline ? pipelineOf(work.plan) : pipeline,
    startedAt,
    inputs: isPipeline ? work.inputs : {},
    vars: isPipeline ? work.plan.vars : {},
    money: openMoney(isPipeline ? work.plan.limits.budget : undefined, {
      grant: request.grant,
      granted: request.granted,
      carried: carried?.budget,
    }),
    slots: { limit: concurrency, taken: 0 },
    steering: openSteering(carried ?? given),
    listed: { status: 'running' },
  };
}

export function pipelineOf({ pipeline, hash }: Plan): RunState['pipeline'] {
  const { name, version } = pipeline;
  return { name, planHash: hash, ...(version === undefined ? {} : { version }) };
}

type Common =
  'workflowId' | 'tenant' | 'fork' | 'renewAfterEvents' | 'protocol' | 'memory' | 'undoing' | 'calls' | 'moreCalls';
type Working = 'clock' | 'files' | 'spent' | 'outcome' | 'gate' | 'wakers' | 'busy' | 'renewal';

function openCommon(
  {
    tenant,
    fork,
    renewAfterEvents,
    protocol = 0,
  }: Pick<RunRequest, 'tenant' | 'fork' | 'renewAfterEvents' | 'protocol'>,
  carried: Carried | undefined,
): Pick<RunState, Common | Working> {
  return {
    workflowId: workflowInfo().workflowId,
    tenant,
    fork,
    renewAfterEvents,
    protocol,
    memory: openMemory(carried),
    undoing: { isOn: false, entries: [...(carried?.undo ?? [])], done: [...(carried?.compensations ?? [])] },
    clock: { ranMs: carried?.clockMs ?? 0, since: undefined },
    calls: [],
    moreCalls: [...(carried?.calls ?? [])],
    files: [...(carried?.files ?? [])],
    spent: carried === undefined ? emptyTally() : { ...carried.spent, usage: { ...carried.spent.usage } },
    outcome: undefined,
    gate: openGate(),
    wakers: new Set(),
    busy: 0,
    renewal: openRenewal(),
  };
}

/** Whether anything new may start. */
export function mayStart(state: RunState): boolean {
  return !state.steering.isPaused && !state.renewal.isOn;
}

/** Lets every loop look again at what may start. */
export function wakeAll(state: RunState): void {
  noteLength(state);
  for (const wake of state.wakers) wake();
}

export function statusOf(state: RunState): RunStatus {
  const { isPaused, approvals, waits, held } = state.steering;
  const { money } = state;
  const asked = money?.asks.size ?? 0;
  const unpaid = asked === 0 ? 0 : (money?.ledger.waiting.length ?? 0);
  if (state.outcome !== undefined) return state.outcome.status;
  if (isPaused) return 'paused';
  const waiting = approvals.size + waits.size + held.size + asked;
  const own = waiting > 0 && state.slots.taken <= unpaid ? 'waiting' : 'running';
  return state.protocol === 0 || state.steering.children.size === 0 ? own : withParts(state, own);
}

/** A run waits when all its parts do, and nothing goes on beside them. */
function withParts({ steering: { children, waitingParts }, busy }: RunState, own: RunStatus): RunStatus {
  const doAllWait = [...children.values()].every(({ runId }) => waitingParts.has(runId));
  return doAllWait && (own === 'waiting' || busy === children.size) ? 'waiting' : 'running';
}

/** What expressions may read in a frame. */
export function valuesOf(state: RunState, frame: Frame): RunValues {
  const { runId, startedAt, costNanoUsd } = state.root;
  return {
    inputs: state.inputs,
    vars: state.vars,
    names: frame,
    run: { id: runId, startedAt, costNanoUsd: costNanoUsd + state.spent.costNanoUsd },
  };
}

/** Adds what one attempt used, a failed one too, to the run and to every frame around it. */
export function addSpending(
  state: RunState,
  frame: Frame,
  facts: Pick<CallFacts, 'usage' | 'costNanoUsd' | 'reused'>,
): void {
  addTo(state.spent, facts);
  for (let at: Frame | undefined = frame; at !== undefined; at = at.outer) addTo(at.tally, facts);
}
