import { CancellationScope, isCancellation, setWorkflowOptions } from '@temporalio/workflow';
import { NOTHING, OWN } from '../src/pipeline/ledger.ts';
import type { StepResult } from '../src/pipeline/result.ts';
import type { StoredValue } from '../src/pipeline/value.ts';
import { answerMessages, type Top } from './answer-messages.ts';
import { tellWaiting } from './attributes.ts';
import { callLocal, renderValue } from './call.ts';
import { readError, type Called } from './called.ts';
import { startClock } from './clock.ts';
import { runItems, type Items, type Looped } from './for-each.ts';
import { emptyTally, pathOf, type Frame } from './frame.ts';
import { openFrame } from './group.ts';
import { formAt } from './memory.ts';
import { continueIn, keepCalls, renewing } from './renew.ts';
import { reopenAsks } from './reopen.ts';
import { runRounds, type Repeated } from './repeat.ts';
import { runBlock } from './run-block.ts';
import {
  RUN_PART,
  type Carried,
  type ItemsWork,
  type PartRequest,
  type PartResult,
  type PartWork,
} from './run-request.ts';
import { openPart, type Outcome, type RunState } from './run-state.ts';
import { runItem, runStep } from './run-step.ts';
import { viewOf } from './run-view.ts';
import { undoAll } from './undo.ts';

setWorkflowOptions({ failureExceptionTypes: [Error] }, runPart);

type PipelineWork = Extract<PartWork, { kind: 'pipeline' }>;
type PartOutcome = PartResult['outcome'];
type Ended = Pick<PartResult, 'outcome' | 'items' | 'failed' | 'failures'>;

/** A part of a run with a history of its own: another pipeline, some items of a long list, or all rounds of a long loop. */
export async function runPart(request: PartRequest, carried?: Carried): Promise<PartResult> {
  const state = openPart({ runStep, runItem }, request, carried);
  reopenAsks(state, carried?.asks);
  const around: Frame = { path: request.path, results: new Map(), locals: localsOf(request.work), tally: emptyTally() };
  const frame = request.work.kind === 'pipeline' ? openFrame(state, { frame: around, path: request.path }) : around;
  const top: Top = { frame, ...stepsOf(request) };
  answerMessages(state, { top, view: () => viewOf(state, { top, isWhole: false }) });
  void tellWaiting(state);
  return renewing(state, {
    work: () => workToEnd(state, request, frame),
    next: (left) => continueIn<typeof runPart>(RUN_PART, request, left),
  });
}

function localsOf(work: PartWork): NonNullable<Frame['locals']> {
  return work.kind === 'pipeline' ? {} : work.values;
}

function stepsOf({ work, path }: Pick<PartRequest, 'work' | 'path'>): Pick<Top, 'steps' | 'at'> {
  return work.kind === 'pipeline' ? { steps: work.plan.steps } : { steps: [work.step], at: path };
}

async function workToEnd(state: RunState, request: PartRequest, frame: Frame): Promise<PartResult> {
  const closing = formAt<{ ended?: Ended }>(state.memory, '|closing', () => ({}));
  closing.ended ??= await doWork(state, request, frame);
  const { ended } = closing;
  const isUndone = request.work.kind === 'pipeline' && ended.outcome.status !== 'done';
  if (isUndone) {
    state.steering.isPaused = false;
    await undoAll(state);
  }
  state.outcome = { ...shownOutcome(ended.outcome), endedAt: Date.now() };
  return CancellationScope.nonCancellable(() => resultOf(state, request, { ended, frame }));
}

/** As the part's own view tells it; what it gave is told by the run around it. */
function shownOutcome(outcome: PartOutcome): Outcome {
  return outcome.status === 'done' || outcome.status === 'skipped' ? { status: 'done', outputs: {} } : outcome;
}

async function doWork(state: RunState, { work: wanted, path }: PartRequest, frame: Frame): Promise<Ended> {
  try {
    switch (wanted.kind) {
      case 'pipeline':
        return { outcome: await runSteps(state, wanted, frame) };
      case 'items':
        return await itemsOutcome(state, { work: wanted, path }, frame);
      case 'rounds':
        return { outcome: outcomeOf(await runRounds(state, { frame, path }, wanted.step as Repeated)) };
    }
  } catch (error) {
    if (isCancellation(error)) return { outcome: { status: 'cancelled' } };
    return { outcome: { status: 'failed', error: readError(error) } };
  }
}

async function runSteps(state: RunState, { plan }: PipelineWork, frame: Frame): Promise<PartOutcome> {
  const { timeoutMs } = plan.limits;
  const end = await runBlock(
    state,
    { frame, steps: plan.steps },
    timeoutMs === undefined ? {} : { deadline: (fail, crash) => startClock(state, timeoutMs, { fail, crash }) },
  );
  if (end.status === 'failed') {
    const { stepId, ...error } = end.error;
    return { status: 'failed', error: { ...error, at: error.at ?? pathOf(frame, stepId ?? '') } };
  }
  const names = Object.keys(plan.outputs);
  const values = Object.values(plan.outputs).map((template) =>
    renderValue(state, { frame, path: frame.path }, template),
  );
  return { status: 'done', output: await asMap(state, names, await Promise.all(values)) };
}

async function asMap(state: RunState, names: readonly string[], outputs: readonly StoredValue[]): Promise<StoredValue> {
  if (names.length === 0) return { inline: {} };
  const parts = [{ outputs, items: { inline: [] } }];
  return (await callLocal(state, 'collectItems', { tenant: state.tenant, parts, keys: { inline: [...names] } })).output;
}

async function itemsOutcome(
  state: RunState,
  { work: { step, list, from, to }, path }: { work: ItemsWork; path: string },
  frame: Frame,
): Promise<Ended> {
  const concurrency = state.slots.limit;
  const { items } = formAt<{ items: Items }>(state.memory, `${path}|items`, () => ({
    items: { list, count: to - from, from, results: {}, concurrency },
  }));
  const called = await runItems(state, { frame, path }, { step: step as Looped, items });
  const outcome = outcomeOf(called);
  if (called.status !== 'done' || called.items === undefined) return { outcome };
  const { items: facts, counts, failures = [] } = called;
  return { outcome, items: facts, failed: counts?.failed ?? 0, failures };
}

function outcomeOf(result: StepResult | Called): PartOutcome {
  switch (result.status) {
    case 'done': {
      const { output, rounds, stopped } = result;
      return {
        status: 'done',
        output,
        ...(rounds === undefined ? {} : { rounds }),
        ...(stopped === undefined ? {} : { stopped }),
      };
    }
    case 'failed':
      return { status: 'failed', error: result.error };
    case 'skipped':
    case 'cancelled':
      return result;
  }
}

async function resultOf(
  state: RunState,
  { work: wanted, path }: PartRequest,
  { ended, frame }: { ended: Ended; frame: Frame },
): Promise<PartResult> {
  const { spent, undoing, files, moreCalls } = state;
  const calls = state.calls.length === 0 ? moreCalls : [...moreCalls, ...(await keepCalls(state))];
  const { entries, done: compensations } = undoing;
  const budgetSpent = state.money?.ledger.budgets.get(OWN)?.spent ?? NOTHING;
  const inside = wanted.kind === 'items' ? {} : { inside: await insideOf(state, { wanted, path, frame }) };
  return { ...ended, ...inside, spent, budgetSpent, calls, compensations, files, ...(await undoOf(state, entries)) };
}

/** What the run around it shows of this part from now on. */
async function insideOf(
  state: RunState,
  { wanted, path, frame }: { wanted: PartWork; path: string; frame: Frame },
): Promise<StoredValue> {
  const { steps } = viewOf(state, { top: { frame, ...stepsOf({ work: wanted, path }) }, isWhole: true });
  const shown = wanted.kind === 'pipeline' ? steps : (steps[0]?.steps ?? []);
  const values = [{ inline: JSON.parse(JSON.stringify(shown)) }];
  const [kept] = await callLocal(state, 'keepValues', { tenant: state.tenant, values, minBytes: 1024 });
  return kept as StoredValue;
}

async function undoOf(state: RunState, entries: RunState['undoing']['entries']): Promise<Pick<PartResult, 'undo'>> {
  if (entries.length === 0) return {};
  const value: StoredValue = { inline: JSON.parse(JSON.stringify(entries)) };
  const [inner] = await callLocal(state, 'keepValues', { tenant: state.tenant, values: [value], minBytes: 0 });
  return { undo: { path: '', inner: inner ?? value, count: entries.length } };
}
