import { PipelineError } from '../src/errors.ts';
import { partOf } from '../src/pipeline/call-key.ts';
import { CLAIMS, MARK, SOURCES } from '../src/pipeline/check-calls.ts';
import type { CheckPlan, JudgePlan, QuotesPlan, ToolCheckPlan } from '../src/pipeline/check-plan.ts';
import { canonicalJson } from '../src/pipeline/json.ts';
import type { QuestionPlan, StepPlan } from '../src/pipeline/plan.ts';
import type { Purchase, StepError, Verdict, Vote } from '../src/pipeline/result.ts';
import { sha256 } from '../src/pipeline/sha256.ts';
import { toolVerdict } from '../src/pipeline/tool-verdict.ts';
import type { Scope, StoredValue } from '../src/pipeline/value.ts';
import { countVotes } from '../src/pipeline/votes.ts';
import { callModel } from './call-model.ts';
import { callTool } from './call-tool.ts';
import { renderValue, type Place } from './call.ts';
import type { Called } from './called.ts';
import { innerFrame } from './frame.ts';
import { runCheck } from './run-check.ts';
import type { RunState } from './run-state.ts';

/** One check of a step. */
export interface Asked {
  readonly step: StepPlan;
  readonly check: CheckPlan;
  readonly subject: StoredValue;
  /** Takes what is bought on the way. */
  readonly bought: Purchase[];
}

/** Asks one check. What cannot be asked gives the error of the call; `place` is that of the check. */
export function askCheck(state: RunState, place: Place, asked: Asked): Promise<Verdict | StepError> {
  const { by } = asked.check;
  switch (by?.kind) {
    case undefined:
      return runCheck(state, place, asked);
    case 'judge':
      return judge(state, place, { ...asked, by });
    case 'quotes':
      return checkQuotes(state, place, { ...asked, by });
    case 'tool':
      return askTool(state, place, { ...asked, by });
  }
}

/** Each vote is a call of its own at a place of its own, so none is answered by what is kept of another. */
async function judge(
  state: RunState,
  place: Place,
  { check: { check }, subject, by, bought }: Asked & { readonly by: JudgePlan },
): Promise<Verdict | StepError> {
  const around = judging(place, { output: subject });
  const numbers = Array.from({ length: by.votes }, (_, index) => index + 1);
  const answers = await Promise.all(
    numbers.map((number) => ask(state, { ...around, path: `${place.path}/vote#${number}` }, { asks: by.asks, bought })),
  );
  const failure = answers.find((answer) => answer.status === 'failed');
  if (failure !== undefined) return failure.error;
  const votes = answers.filter((answer) => answer.status === 'done').map(voteOf);
  return { check, ...countVotes(votes, by.pass) };
}

/** The schema of a vote keeps it far below what is too long for history. */
function voteOf({ output, model }: Extract<Called, { status: 'done' }>): Vote {
  const { score, reason } = (output as { inline: unknown }).inline as Pick<Vote, 'score' | 'reason'>;
  return { model: model as string, score, reason };
}

/** A model says what is claimed and quotes what shows it; whether the quotes are real is found out without it. */
async function checkQuotes(
  state: RunState,
  place: Place,
  { by, ...asked }: Asked & { readonly by: QuotesPlan },
): Promise<Verdict | StepError> {
  const sources = await renderValue(state, place, by.sources);
  const around = judging(place, { output: asked.subject, [SOURCES]: sources });
  const { bought } = asked;
  const answer = await ask(state, { ...around, path: `${place.path}/claims` }, { asks: by.asks, bought });
  if (answer.status === 'failed') return answer.error;
  const locals = { [SOURCES]: sources, [CLAIMS]: answer.output };
  return runCheck(state, { frame: innerFrame(place.frame, { path: place.path, locals }), path: place.path }, asked);
}

async function askTool(
  state: RunState,
  place: Place,
  { check: { check }, subject, by }: Asked & { readonly by: ToolCheckPlan },
): Promise<Verdict | StepError> {
  const called = await callTool(state, judging(place, { output: subject }), by);
  state.calls.push({ path: place.path, kind: 'tool', endedAt: Date.now(), result: called });
  if (called.status === 'failed') return called.error;
  const { output } = called;
  if ('inline' in output) return { check, ...toolVerdict(by.tool, output.inline) };
  const is = `it has ${output.artifact.bytes} bytes, which is too long for one`;
  throw new PipelineError('TOOL_OUTPUT_INVALID', `Cannot take what tool "${by.tool}" gives as a verdict: ${is}`);
}

/** So much of a hash nobody can make a text hold of itself by trying. */
const MARK_CHARACTERS = 20;

/** The place where these texts can be read, and a mark that none of them holds, since it hangs on all of them. */
function judging({ frame, path }: Place, texts: Scope): Place {
  const hash = sha256(canonicalJson(Object.values(texts).map(partOf)));
  const mark = { [MARK]: { inline: `=== ${hash.slice(0, MARK_CHARACTERS)} ===` } };
  return { frame: innerFrame(frame, { path, locals: { ...texts, ...mark } }), path };
}

async function ask(
  state: RunState,
  place: Place,
  { asks, bought }: { readonly asks: QuestionPlan; readonly bought: Purchase[] },
): Promise<Called> {
  const called = await callModel(state, place, asks);
  state.calls.push({ path: place.path, kind: 'model', endedAt: Date.now(), result: called });
  bought.push(...(called.purchases ?? []));
  return called;
}
