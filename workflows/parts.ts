import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import {
  ApplicationFailure,
  CancelledFailure,
  ChildWorkflowFailure,
  CancellationScope,
  getExternalWorkflowHandle,
  startChild,
  type ChildWorkflowHandle,
  type Workflow,
} from '@temporalio/workflow';
import { isErrorCode } from '../src/errors.ts';
import { FAILURES_MAX } from '../src/pipeline/items.ts';
import { eventsOfStep, isLeaf } from '../src/pipeline/plan-steps.ts';
import type { StepPlan } from '../src/pipeline/plan.ts';
import { readsOfStep } from '../src/pipeline/reads.ts';
import type { ItemFailure, StepResult } from '../src/pipeline/result.ts';
import { knownScope } from '../src/pipeline/scope.ts';
import type { StoredValue } from '../src/pipeline/value.ts';
import { offered, offerEvent } from './events.ts';
import { asksPeople, firstGrant, settlePart } from './money.ts';
import { callLocal, whileBusy, type Place } from './call.ts';
import type { Called } from './called.ts';
import type { Items, Looped } from './for-each.ts';

import { addTally, factsOf, type Frame } from './frame.ts';
import { openFrame } from './group.ts';
import { runLanes } from './lanes.ts';
import { formAt } from './memory.ts';
import type { Repeated } from './repeat.ts';
import { RUN_PART, type PartRequest, type PartResult, type PartWork } from './run-request.ts';
import { valuesOf, type RunState } from './run-state.ts';
import { withSlots } from './slots.ts';
import type { Child, KeptEvent } from './steering.ts';

/** So many items make one part. */
const PART_ITEMS = 100;
/** A part has at most so many items going on at a time. */
const PART_CONCURRENCY = 50;

const PIPELINE = defineSearchAttributeKey('OrchestratorPipeline', SearchAttributeType.KEYWORD);
const TENANT = defineSearchAttributeKey('OrchestratorTenant', SearchAttributeType.KEYWORD);

/** What a part is to do, and how it is told apart from others of the same step. */
interface Part {
  readonly work: PartWork;
  /** What its workflow id ends with, after that of the run. */
  readonly name: string;
  readonly events: ReadonlySet<string>;
  /** Steps at a time. */
  readonly concurrency: number;
}

/** Runs a part of the run in a history of its own, and adds what it left to the run. A cancellation is thrown. */
export async function runChild(state: RunState, { frame, path }: Place, part: Part): Promise<PartResult> {
  return whileBusy(state, async () => {
    const stopping = CancellationScope.current().cancelRequested;
    const { outcome, ...rest } = await CancellationScope.nonCancellable(async () => {
      const known = new Set(state.steering.events);
      const handle = await startPart(state, path, part);
      // Temporal would cancel the history in which the part began, which may not be the one in which it is.
      const current = getExternalWorkflowHandle(handle.workflowId);
      stopping.catch(() => current.cancel()).catch(() => undefined);
      return followPart(state, part, { handle, current, known });
    });
    addPart(state, frame, rest);
    settlePart(state, part.name, rest.budgetSpent);
    if (outcome.status === 'cancelled') throw new CancelledFailure('Cancelled');
    return { outcome, ...rest };
  });
}

interface Started {
  readonly handle: ChildWorkflowHandle<Workflow>;
  readonly current: Child['handle'];
  /** The events that it was given when it began. */
  readonly known: ReadonlySet<KeptEvent>;
}

async function followPart(
  state: RunState,
  { name, events }: Part,
  { handle, current, known }: Started,
): Promise<PartResult> {
  const { steering } = state;
  const child = { runId: handle.workflowId, handle: current, events };
  for (const event of steering.events) if (!known.has(event)) offerEvent(child, event);
  steering.children.set(name, child);
  try {
    if (steering.isPaused) await current.signal('pause').catch(() => undefined);
    return (await handle.result()) as PartResult;
  } catch (error) {
    throw brokenPart(error);
  } finally {
    steering.children.delete(name);
    steering.waitingParts.delete(handle.workflowId);
  }
}

function startPart(
  state: RunState,
  path: string,
  { work, name, concurrency, events }: Part,
): Promise<ChildWorkflowHandle<Workflow>> {
  const { tenant, root, pipeline, fork, renewAfterEvents, protocol, steering, spent } = state;
  const grant = firstGrant(state.money, path);
  const request: PartRequest = {
    tenant,
    root: { ...root, costNanoUsd: root.costNanoUsd + spent.costNanoUsd },
    pipeline,
    path,
    work,
    concurrency,
    isPaused: steering.isPaused,
    events: steering.events.filter((event) => events.has(event.name)).map(offered),
    ...(grant === undefined ? {} : { grant }),
    ...(asksPeople(state.money, path) ? { granted: 'ask' } : {}),
    ...(fork === undefined ? {} : { fork }),
    ...(renewAfterEvents === undefined ? {} : { renewAfterEvents }),
    ...(protocol === 0 ? {} : { protocol }),
  };
  return startChild<Workflow>(RUN_PART, {
    workflowId: `${root.runId}/${name}`,
    args: [request],
    staticSummary: `${pipeline.name}: ${name}`.slice(0, 100),
    typedSearchAttributes: [
      { key: PIPELINE, value: pipeline.name },
      { key: TENANT, value: tenant },
    ],
  });
}

type Left = Omit<PartResult, 'outcome'>;

function addPart(state: RunState, frame: Frame, { spent, calls, undo, files, compensations }: Left): void {
  addTally(state.spent, spent);
  for (let at: Frame | undefined = frame; at !== undefined; at = at.outer) addTally(at.tally, spent);
  state.moreCalls.push(...calls);
  if (undo !== undefined && !state.undoing.isOn) state.undoing.entries.push(undo);
  state.undoing.done.push(...compensations);
  state.files.push(...files);
}

/** A part fails only for what no step can cause: somebody terminated it, or its code is wrong. */
function brokenPart(error: unknown): unknown {
  if (!(error instanceof ChildWorkflowFailure)) return error;
  const { cause } = error;
  if (cause instanceof ApplicationFailure && isErrorCode(cause.type)) return cause;
  const message = `Cannot finish a part of the run: workflow "${error.execution.workflowId ?? ''}" was stopped in Temporal`;
  return ApplicationFailure.create({ type: 'RUN_TERMINATED', message, nonRetryable: true });
}

/** All rounds of a step in one part. */
export async function callRounds(state: RunState, place: Place, step: Repeated): Promise<StepResult> {
  const frame = openFrame(state, place);
  const values = knownScope(readsOfStep(step), valuesOf(state, frame));
  const work = { kind: 'rounds', step, values } as const;
  const wanted = isLeaf(step) ? 1 : PART_CONCURRENCY;
  const { outcome, inside } = await withPlaces(state, { step, wanted }, (concurrency) =>
    runChild(state, { frame, path: place.path }, { work, name: place.path, events: eventsOfStep(step), concurrency }),
  );
  const facts = { ...factsOf(frame.tally, 1), ...(inside === undefined ? {} : { inside }) };
  if (outcome.status === 'skipped') return outcome;
  if (outcome.status === 'failed') return { status: 'failed', error: outcome.error, ...facts };
  const { status: _, ...rest } = outcome as Extract<PartResult['outcome'], { status: 'done' }>;
  return { status: 'done', ...rest, ...facts };
}

/**
 * Runs a part that may make so many calls at a time. Calls take their places in the run around it; steps that hold others
 * take none, for they may wait for long, and the places would be kept from steps that could go on.
 */
function withPlaces<T>(
  state: RunState,
  { step, wanted }: { readonly step: StepPlan; readonly wanted: number },
  run: (concurrency: number) => Promise<T>,
): Promise<T> {
  if (isLeaf(step)) return withSlots(state, wanted, run);
  return withSlots(state, 0, () => run(Math.min(wanted, state.slots.limit)));
}

/** What is remembered of a loop in parts: how far it is, and what the parts that have ended gave, by the number of their first item. */
interface PartsMemory {
  readonly done: Record<
    number,
    {
      readonly outputs: StoredValue;
      readonly items: StoredValue;
      readonly count: number;
      readonly failed: number;
      readonly failures: readonly ItemFailure[];
    }
  >;
}

interface Loop {
  readonly step: Looped;
  readonly items: Items;
}

/** Goes through a long list in parts; so many of them at a time that the step's concurrency is kept. */
export async function callParts(state: RunState, place: Place, { step, items }: Loop): Promise<Called> {
  const frame = openFrame(state, place);
  const { done } = formAt<PartsMemory>(state.memory, `${place.path}|parts`, () => ({ done: {} }));
  const lanes = lanesOf(items.concurrency);
  const failure = await runLanes(lanes.length, async (lane, take) => {
    for (let from = take(); from * PART_ITEMS < items.count; from = take()) {
      const range = { from: from * PART_ITEMS, to: Math.min((from + 1) * PART_ITEMS, items.count) };
      if (done[range.from] !== undefined) continue;
      const result = await itemsPart(
        state,
        { frame, path: place.path },
        { step, items, range, concurrency: lanes[lane] as number },
      );
      if (result.outcome.status === 'failed') return result.outcome.error;
      const { output } = result.outcome as Extract<PartResult['outcome'], { status: 'done' }>;
      const { items: facts, failed = 0, failures = [] } = result;
      const count = range.to - range.from;
      done[range.from] = { outputs: output, items: facts as StoredValue, count, failed, failures };
    }
    return undefined;
  });
  const facts = factsOf(frame.tally, 1);
  if (failure !== undefined) return { status: 'failed', error: failure, ...facts };
  const parts = Object.values(done);
  const counts = { total: items.count, failed: parts.reduce((sum, part) => sum + part.failed, 0) };
  const failures = parts.flatMap((part) => part.failures).slice(0, FAILURES_MAX);
  const { keys } = items;
  const collected = await callLocal(state, 'collectItems', {
    tenant: state.tenant,
    parts: parts.map(({ outputs, items: each }) => ({ outputs, items: each })),
    ...(keys === undefined ? {} : { keys }),
  });
  return { status: 'done', ...collected, counts, ...(failures.length === 0 ? {} : { failures }), ...facts };
}

/** The concurrency of each part that goes on: two parts at least, so that the end of one does not hold up the other. */
function lanesOf(concurrency: number): readonly number[] {
  const count = Math.max(Math.min(2, concurrency), Math.ceil(concurrency / PART_CONCURRENCY));
  return Array.from({ length: count }, (_, lane) => Math.floor((concurrency + lane) / count));
}

interface ItemsPart extends Loop {
  readonly range: { readonly from: number; readonly to: number };
  readonly concurrency: number;
}

function itemsPart(
  state: RunState,
  { frame, path }: Place,
  { step, items, range, concurrency }: ItemsPart,
): Promise<PartResult> {
  const values = knownScope(readsOfStep(step), valuesOf(state, frame));
  const work = { kind: 'items', step, values, list: items.list, ...range } as const;
  const name = `${path}[${range.from}-${range.to - 1}]`;
  return withPlaces(state, { step, wanted: concurrency }, (taken) =>
    runChild(state, { frame, path }, { work, name, events: eventsOfStep(step), concurrency: taken }),
  );
}
