import type { ModelCallResult, ToolAnswer, WantedTool } from '../activities/calls.ts';
import { conversationKey, remarkKey } from '../src/pipeline/call-key.ts';
import { modelTemplates, offersOf } from '../src/pipeline/model-templates.ts';
import type { OfferedToolPlan } from '../src/pipeline/model-plan.ts';
import type { ModelStepPlan } from '../src/pipeline/plan.ts';
import { NO_CALL, type CallFacts, type KeptTalk, type PassedOver, type Purchase } from '../src/pipeline/result.ts';
import type { StepError, StepResult } from '../src/pipeline/result.ts';
import { textBytes } from '../src/pipeline/estimate/bytes.ts';
import { SHOWN_BYTES_MAX } from '../src/pipeline/shown-answer.ts';
import type { StoredValue } from '../src/pipeline/value.ts';
import { askCandidates, type Question, type Replied } from './ask-candidates.ts';
import { madeOf } from './call-model.ts';
import { noteStopped, scopeFor, whileBusy, type Place } from './call.ts';
import type { Called } from './called.ts';
import { factsOf } from './frame.ts';
import { openFrame } from './group.ts';
import { beginCall, blockAt, endCall, formAt } from './memory.ts';
import { earlierRunOf, reuse } from './reuse.ts';
import { addSpending, type RunState } from './run-state.ts';
import { withSlot } from './slots.ts';
import { answersOf, callTools } from './wanted-tools.ts';

export type ConversingStep = ModelStepPlan & { readonly tools: readonly OfferedToolPlan[] };

/** A conversation as it is remembered: how far it is, and what the next turn needs. What was said is in the store. */
export interface Talk {
  /** Turns that were answered. */
  turn: number;
  /** So many may be. */
  upTo: number;
  /** The candidate that answered last. */
  candidate: number;
  transcript?: StoredValue;
  /** Of all that was said, what tools gave included. */
  transcriptBytes: number;
  /** The calls of the last turn, and those of them that cannot be made. */
  wanted: readonly WantedTool[];
  refused: readonly ToolAnswer[];
  attempts: number;
  readonly passedOver: PassedOver[];
  readonly purchases: Purchase[];
  model?: string;
  key?: string;
  firstTurnKey?: string;
  hasFailed: boolean;
  /** What was said before this, and what the model is told of it. */
  readonly before?: { readonly messages: number; readonly remark: string };
}

export interface Talking {
  readonly step: ConversingStep;
  readonly talk: Talk;
}

/** Asks a model, makes the calls that it wants, tells it what came of them, and so on until it answers. */
export async function converse(state: RunState, around: Place, step: ConversingStep): Promise<Called> {
  const before = await reuse(state, around, { made: madeOf(state, step), templates: modelTemplates(step) });
  return before ?? talkToEnd(state, around, step);
}

interface GoingOn {
  readonly step: ConversingStep;
  readonly talk: KeptTalk | undefined;
  readonly remark: string;
}

/** Goes on with a conversation whose answer was not taken; the model is told why. */
export async function converseOn(state: RunState, around: Place, { step, talk, remark }: GoingOn): Promise<Called> {
  if (talk === undefined) return notKept(around);
  const { transcript, bytes, messages } = talk;
  const key = remarkKey(transcript, remark);
  const before = await reuse(state, around, { made: { kind: 'waiting', key }, templates: [] });
  if (before !== undefined) return before;
  const begun = { transcript, transcriptBytes: bytes, key, before: { messages, remark } };
  return talkToEnd(state, around, step, begun);
}

function notKept({ path }: Place): Called {
  const message = `Cannot go on with the conversation of "${path}": the run that its answer was taken from did not keep it`;
  return { status: 'failed', error: { code: 'ARTIFACT_MISSING', message, attempts: 0 }, ...NO_CALL };
}

async function talkToEnd(
  state: RunState,
  around: Place,
  ...[step, begun]: [step: ConversingStep, begun?: Partial<Talk>]
): Promise<Called> {
  const place = { frame: openFrame(state, around), path: around.path };
  const talking = { step, talk: openTalk(state, place, { step, begun }) };
  for (;;) {
    const called = await goOn(state, place, talking).catch((error: unknown) => {
      noteStopped(state, place.path, talking.talk.purchases);
      throw error;
    });
    if (called === undefined) continue;
    talking.talk.hasFailed = called.status === 'failed';
    if (called.status === 'done') blockAt(state.memory, place.path).isOver = true;
    return called;
  }
}

/** A conversation that failed and is tried again goes on where it was, and may take as many turns once more. */
function openTalk(
  state: RunState,
  { path }: Place,
  { step: { maxTurns = 1 }, begun }: { readonly step: ConversingStep; readonly begun: Partial<Talk> | undefined },
): Talk {
  const talk = formAt<Talk>(state.memory, `${path}|talk`, () => ({
    turn: 0,
    upTo: maxTurns,
    candidate: 0,
    transcriptBytes: 0,
    wanted: [],
    refused: [],
    attempts: 0,
    passedOver: [],
    purchases: [],
    hasFailed: false,
    ...begun,
  }));
  if (talk.hasFailed) {
    talk.upTo = talk.turn + maxTurns;
    // What was bought until then stands in the record of the failure.
    talk.purchases.splice(0);
  }
  talk.hasFailed = false;
  return talk;
}

/** Makes the calls of the last turn, if there was one, and asks again. Nothing comes back when more is to be done. */
async function goOn(state: RunState, place: Place, talking: Talking): Promise<Called | undefined> {
  const { talk } = talking;
  if (talk.turn > 0) {
    if (talk.turn >= talk.upTo) return failed(place, talk, outOfTurns(place, talk));
    const failure = await callTools(state, turnAt(place, talk.turn), talking);
    if (failure !== undefined) return failed(place, talk, failure);
  }
  const replied = await withSlot(state, true, () => whileBusy(state, () => askTurn(state, place, talking)));
  if (!replied.ok) return failed(place, talk, replied.error);
  return replied.result.finishReason === 'tools' ? undefined : done(place, talking, replied.result);
}

function turnAt({ frame, path }: Place, turn: number): Place {
  return { frame, path: `${path}/${turnId(turn)}` };
}

function turnId(turn: number): string {
  return `turn#${turn}`;
}

function outOfTurns({ path }: Place, { wanted, refused, turn }: Talk): StepError {
  const names = [...new Set([...wanted, ...refused].map(({ tool }) => tool))].join(', ');
  const message = `Cannot finish step "${path}": after ${turn} turns its model still wants to call ${names}, and max_turns allows no more`;
  return { code: 'TURNS_EXCEEDED', message, attempts: 0 };
}

async function askTurn(state: RunState, place: Place, talking: Talking): Promise<Replied> {
  const { step, talk } = talking;
  const number = talk.turn + 1;
  const answers = talk.turn === 0 ? [] : answersOf(state, turnAt(place, talk.turn), talk);
  const turn = questionOf(talking, answers, earlierRunOf(state, place.path));
  const call = { path: place.path, id: turnId(number) };
  beginCall(state.memory, call);
  const replied = await askCandidates(state, turnAt(place, number), { step, from: talk.candidate, turn }).catch(
    (error: unknown) => {
      endCall(state.memory, call, { status: 'cancelled', because: 'the run ended while it ran' });
      throw error;
    },
  );
  talk.attempts += replied.attempts;
  talk.passedOver.push(...replied.passedOver);
  talk.purchases.push(...replied.purchases);
  endCall(state.memory, call, resultOf(replied));
  if (replied.ok) note(state, place, { talking, replied, answers });
  return replied;
}

function questionOf(
  { step, talk }: Talking,
  answers: readonly ToolAnswer[],
  earlierRun: string | undefined,
): NonNullable<Question['turn']> {
  const { turn, transcript, transcriptBytes } = talk;
  const offers = transcript === undefined ? offersOf(step.tools) : { tools: [], transcript };
  const remark = turn === 0 ? talk.before?.remark : undefined;
  const more = { ...(remark === undefined ? {} : { remark }), ...(earlierRun === undefined ? {} : { earlierRun }) };
  return {
    asked: { number: turn + 1, answers, ...offers, ...more },
    sent: { transcriptBytes: transcriptBytes + textBytes(remark ?? ''), messages: messagesOf(talk), answers },
  };
}

function messagesOf({ turn, before }: Talk): number {
  return 2 * turn + (before?.messages ?? 0);
}

function resultOf(replied: Replied): StepResult {
  const { attempts } = replied;
  if (!replied.ok) {
    return { status: 'failed', error: replied.error, attempts, model: replied.model, costNanoUsd: 0, checks: [] };
  }
  const { output, model, usage, costNanoUsd, key, reused } = replied.result;
  const more = { ...(key === undefined ? {} : { key }), ...(reused === undefined ? {} : { reused }) };
  return { status: 'done', output, attempts, model, usage, costNanoUsd, checks: [], ...more };
}

interface Noted {
  readonly talking: Talking;
  readonly replied: Extract<Replied, { ok: true }>;
  readonly answers: readonly ToolAnswer[];
}

function note(state: RunState, { frame }: Place, { talking: { step, talk }, replied, answers }: Noted): void {
  const { transcript, wanted = [], refused = [], model, key } = replied.result;
  addSpending(state, frame, replied.result);
  if (talk.turn === 0 && talk.before === undefined && key !== undefined) {
    talk.key = conversationKey(key, step, scopeFor(state, frame, modelTemplates(step)));
    talk.firstTurnKey = key;
  }
  talk.turn += 1;
  talk.candidate = replied.candidate;
  talk.model = model;
  if (transcript !== undefined) talk.transcript = transcript;
  talk.transcriptBytes += bytesOf(transcript) + answers.reduce((sum, answer) => sum + keptBytes(answer), 0);
  talk.wanted = wanted;
  talk.refused = refused;
}

/** What is in the store stands in no transcript. */
function keptBytes(answer: ToolAnswer): number {
  return 'output' in answer ? Math.min(bytesOf(answer.output), SHOWN_BYTES_MAX) : 0;
}

function bytesOf(value: StoredValue | undefined): number {
  return value !== undefined && 'artifact' in value ? value.artifact.bytes : 0;
}

function factsOfTalk({ frame }: Place, talk: Talk): CallFacts {
  const { model, turn, purchases, passedOver } = talk;
  return {
    ...factsOf(frame.tally, attemptsOf(talk)),
    turns: turn,
    ...(model === undefined ? {} : { model }),
    ...(purchases.length === 0 ? {} : { purchases }),
    ...(passedOver.length === 0 ? {} : { passedOver }),
  };
}

/** Of one turn, and those that the others took besides their first. */
function attemptsOf({ attempts, turn }: Talk): number {
  return attempts - Math.max(turn - 1, 0);
}

function failed(place: Place, talk: Talk, error: StepError): Called {
  const attempts = attemptsOf(talk);
  const { firstTurnKey } = talk;
  const turnsKey = firstTurnKey === undefined ? {} : { firstTurnKey };
  return { status: 'failed', error: { ...error, attempts }, ...factsOfTalk(place, talk), ...turnsKey };
}

function done(place: Place, { step, talk }: Talking, { output }: ModelCallResult): Called {
  const { key } = talk;
  const kept = keptTalk(step, talk);
  return { status: 'done', output, ...factsOfTalk(place, talk), ...(key === undefined ? {} : { key }), ...kept };
}

/** Where an answer may have to be repaired, the conversation may go on. */
function keptTalk({ onCheckFail = [] }: ConversingStep, talk: Talk): { readonly talk?: KeptTalk } {
  const { transcript, transcriptBytes: bytes } = talk;
  if (transcript === undefined || !onCheckFail.some(({ kind }) => kind === 'repair')) return {};
  return { talk: { transcript, bytes, messages: messagesOf(talk) } };
}
