import { isCatchable, isFromAbove } from '../src/pipeline/catchable.ts';
import type { ErrorCode } from '../src/errors.ts';
import { ANSWER, complaintOf, repairQuestion, triesOf, withModel, type RungTry } from '../src/pipeline/ladder.ts';
import type { ModelStepPlan } from '../src/pipeline/plan.ts';
import type { StoredValue } from '../src/pipeline/value.ts';
import { callModel } from './call-model.ts';
import { whileBusy, type Place } from './call.ts';
import type { Called } from './called.ts';
import { converse, converseOn } from './converse.ts';
import { innerFrame } from './frame.ts';
import { failedAt, isMissed, judge, noteRung, taken, type Ladder } from './ladder.ts';
import { beginCall, blockAt, endCall } from './memory.ts';
import { nextRung, type RungId } from './rung-id.ts';
import { spentBy, sumOf } from './rung-spending.ts';
import type { RunState } from './run-state.ts';
import { withSlot } from './slots.ts';

interface Again {
  readonly step: ModelStepPlan;
  readonly ladder: Ladder;
  readonly rung: Extract<RungTry, { readonly kind: 'repair' | 'model' }>;
}

/** A rung on which a model is asked: the one that answered, with what is wrong with its answer, or another one. */
export async function askAgain(state: RunState, place: Place, again: Again): Promise<Called | undefined> {
  const id = nextRung(state, place, again.rung.kind);
  const ask = async (): Promise<Called | undefined> => {
    const called = await shown(state, place, { id, ask: () => askModel(state, id.at, again) });
    state.calls.push({ path: id.at.path, kind: 'model', endedAt: Date.now(), result: called });
    return whileBusy(state, () => settle(state, again, { id, called }));
  };
  // The turns of a conversation take their places themselves.
  if (again.step.tools !== undefined) return ask();
  return withSlot(state, true, () => whileBusy(state, ask));
}

/** A rung is shown as a call of the step. */
async function shown(
  { memory }: RunState,
  { path }: Place,
  { id: { name }, ask }: { readonly id: RungId; readonly ask: () => Promise<Called> },
): Promise<Called> {
  const call = { path, id: name };
  beginCall(memory, call);
  try {
    return endCall(memory, call, await ask());
  } catch (error) {
    endCall(memory, call, { status: 'cancelled', because: 'the run ended while it ran' });
    throw error;
  } finally {
    blockAt(memory, path).isOver = true;
  }
}

async function askModel(state: RunState, at: Place, { step, ladder, rung }: Again): Promise<Called> {
  const { tools } = step;
  if (rung.kind === 'model') {
    const other = withModel(step, rung);
    const called = await (tools === undefined ? callModel(state, at, other) : converse(state, at, { ...other, tools }));
    return rung.choice === undefined ? called : { ...called, choice: rung.choice };
  }
  const author = authorOf(step, ladder);
  const complaint = complaintOf(ladder.verdicts.filter(({ passed }) => !passed));
  if (tools !== undefined) {
    return converseOn(state, at, { step: { ...author, tools }, talk: ladder.called.talk, remark: complaint });
  }
  const { output } = ladder.called;
  const frame = innerFrame(at.frame, { path: at.path, locals: { [ANSWER]: output } });
  const asked = repairQuestion(author, { complaint, isEmpty: isEmpty(output) });
  return callModel(state, { frame, path: at.path }, asked);
}

/** The step with the models of whoever gave the output, beginning with that one. */
function authorOf(step: ModelStepPlan, { called, rungs }: Ladder): ModelStepPlan {
  const tries = triesOf(step.onCheckFail ?? []);
  const last = rungs.findLastIndex(({ rung, status }) => rung === 'model' && status !== 'failed');
  const other = tries[last];
  const author = other?.kind === 'model' ? withModel(step, other) : step;
  const from = author.candidates.findIndex(({ provider, model }) => `${provider}/${model}` === called.model);
  return { ...author, candidates: author.candidates.slice(Math.max(from, 0)) };
}

function isEmpty(output: StoredValue): boolean {
  return 'inline' in output && typeof output.inline === 'string' && output.inline.trim() === '';
}

interface Answered {
  readonly id: RungId;
  readonly called: Called;
}

async function settle(state: RunState, again: Again, { id, called }: Answered): Promise<Called | undefined> {
  const { step, ladder, rung } = again;
  const missed = ladder.verdicts;
  const judged = called.status === 'done' ? await judge(state, id.at, { step, called }) : called;
  const { costNanoUsd, model } = judged;
  const facts = { rung: rung.kind, path: id.at.path, costNanoUsd, ...(model === undefined ? {} : { model }) };
  ladder.spent = sumOf(ladder.spent, spentBy(judged));
  id.take();
  if (called.status === 'done' && (judged.status === 'done' || isMissed(judged))) {
    ladder.called = called;
    ladder.verdicts = judged.checks;
    noteRung(ladder, { ...facts, status: judged.status === 'done' ? 'passed' : 'missed' }, missed);
    return judged.status === 'done' ? taken(ladder) : undefined;
  }
  const { error } = judged as Extract<Called, { status: 'failed' }>;
  noteRung(ladder, { ...facts, status: 'failed', error });
  const ends = called.status === 'done' || isFatal(error.code);
  return ends ? failedAt(ladder, error) : undefined;
}

/** About these no other rung can do anything. */
function isFatal(code: ErrorCode): boolean {
  return !isCatchable(code) || isFromAbove(code) || code === 'TOOL_OUTCOME_UNKNOWN' || code === 'EFFECT_REPEATED';
}
