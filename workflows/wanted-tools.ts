import { isCancellation } from '@temporalio/workflow';
import type { ToolAnswer, WantedTool } from '../activities/calls.ts';
import type { ErrorCode } from '../src/errors.ts';
import type { OfferedToolPlan } from '../src/pipeline/model-plan.ts';
import type { ApproveStepPlan, Effect } from '../src/pipeline/plan.ts';
import type { StepError, StepResult } from '../src/pipeline/result.ts';
import { PREVIEW_CHARACTERS, type StoredValue } from '../src/pipeline/value.ts';
import { runApproval } from './approve.ts';
import { callTool } from './call-tool.ts';
import { whileBusy, type Place } from './call.ts';
import { failed, type Called } from './called.ts';
import type { Talk, Talking } from './converse.ts';
import { beginCall, blockAt, endCall } from './memory.ts';
import type { RunState } from './run-state.ts';
import { withSlot } from './slots.ts';
import { noteUnknown } from './undo.ts';

/** These are not for the model to deal with: the step fails. */
const FATAL: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'TOOL_OUTCOME_UNKNOWN',
  'EFFECT_REPEATED',
  'BUDGET_EXCEEDED',
  'SECRET_MISSING',
  'TOOL_UNKNOWN',
  'TOOL_NOT_ALLOWED',
  'QUEUE_TIMEOUT',
  'STORE_UNAVAILABLE',
  'ARTIFACT_MISSING',
  'WORKER_LOST',
  'INTERNAL',
]);

/**
 * Makes the calls that a turn wants, at the same time; what has been called already is not called again. What goes wrong
 * in one is for the model to hear, unless it is nothing that a model can do anything about: that comes back.
 */
export async function callTools(state: RunState, at: Place, talking: Talking): Promise<StepError | undefined> {
  const calls = talking.talk.wanted.map((wanted, index) => callOnce(state, at, { ...talking, wanted, index }));
  const ends = await Promise.allSettled(calls);
  const broken = ends.find((end) => end.status === 'rejected');
  if (broken !== undefined) throw broken.reason;
  const results = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));
  return results.map(fatalError).find((error) => error !== undefined);
}

function fatalError(result: StepResult | undefined): StepError | undefined {
  return result?.status === 'failed' && FATAL.has(result.error.code) ? result.error : undefined;
}

/** What became of the calls of a turn, for the model. */
export function answersOf(state: RunState, { path }: Place, { wanted, refused }: Talk): readonly ToolAnswer[] {
  const { results } = blockAt(state.memory, path);
  const answered = wanted.map((call, index): ToolAnswer => {
    const { id, tool } = call;
    const result = results.get(callId(call, index));
    if (result?.status === 'done') return { id, tool, output: result.output };
    const { code, message } = (result as Extract<StepResult, { status: 'failed' }>).error;
    return { id, tool, error: { code, message } };
  });
  return [...answered, ...refused];
}

function callId({ tool }: WantedTool, index: number): string {
  // What stands between the segments of a path may stand in the name of a tool of an MCP server.
  return `${tool.replaceAll('/', ':')}[${index}]`;
}

interface Wanted extends Talking {
  readonly wanted: WantedTool;
  readonly index: number;
}

async function callOnce(state: RunState, at: Place, call: Wanted): Promise<StepResult> {
  const { memory } = state;
  const { wanted, index, step } = call;
  const named = { path: at.path, id: callId(wanted, index) };
  const known = blockAt(memory, at.path).results.get(named.id);
  if (known !== undefined && fatalError(known) === undefined) return known;
  const place = { frame: at.frame, path: `${at.path}/${named.id}` };
  const offer = step.tools.find(({ tool }) => tool === wanted.tool) as OfferedToolPlan;
  beginCall(memory, named);
  try {
    const refusal = isAsked(offer) ? await askPeople(state, place, { ...call, offer }) : undefined;
    if (refusal !== undefined) return endCall(memory, named, refusal);
    return await withSlot(state, true, () =>
      whileBusy(state, async () => {
        const called = await callOffered(state, place, { ...call, offer });
        state.calls.push({ path: place.path, kind: 'tool', endedAt: Date.now(), result: called });
        return endCall(memory, named, called);
      }),
    );
  } catch (error) {
    if (isCancellation(error)) endCall(memory, named, { status: 'cancelled', because: 'the run ended while it ran' });
    throw error;
  }
}

interface Offered extends Wanted {
  readonly offer: OfferedToolPlan;
}

async function callOffered(state: RunState, place: Place, { step, wanted, offer }: Offered): Promise<Called> {
  const { tool, effect, with: fixed = NOTHING_FIXED, hosts, timeoutMs, schema } = offer;
  const { retry } = step;
  try {
    const limits = { ...(hosts && { hosts }), ...(schema && { schema }) };
    const call = { tool, effect, with: fixed, timeoutMs, retry, given: wanted.input, ...limits };
    const called = await callTool(state, place, call);
    if (called.status === 'failed' && called.error.code === 'TOOL_OUTCOME_UNKNOWN') noteUnknown(state, place, step);
    return called;
  } catch (error) {
    if (isCancellation(error) && isWrite(effect)) noteUnknown(state, place, step);
    throw error;
  }
}

const NOTHING_FIXED = { kind: 'literal', value: {} } as const;

function isWrite(effect: Effect): boolean {
  return effect === 'once' || effect === 'idempotent';
}

function isAsked({ ask, effect }: OfferedToolPlan): boolean {
  return ask === 'always' || (ask === 'writes' && isWrite(effect));
}

/** Nothing when a person lets the call through, or why it is not made. */
async function askPeople(state: RunState, place: Place, { wanted, offer }: Offered): Promise<Called | undefined> {
  const text = `The model wants to call ${offer.tool} with ${shown(wanted.input)}`;
  const called = await runApproval(state, place, { ...QUESTION, message: { kind: 'literal', value: text } });
  if (called.status === 'failed') return called;
  const { choice, by } = called.decision ?? { choice: '', by: [] };
  if (choice === 'approve') return undefined;
  const comment = commentOf(called.output);
  const why = comment === undefined ? '' : `, saying: ${comment}`;
  return failed('TOOL_REFUSED', `Cannot call tool "${offer.tool}": ${by.join(', ')} did not allow it${why}`);
}

/** A person decides by what the model gave; what is fixed may hold secrets, and stands in the pipeline. */
const INPUT_CHARACTERS = 4000;

function shown(input: StoredValue): string {
  const text = 'inline' in input ? JSON.stringify(input.inline) : input.artifact.preview;
  const limit = 'inline' in input ? INPUT_CHARACTERS : PREVIEW_CHARACTERS;
  return 'artifact' in input || text.length > limit ? `${text.slice(0, limit)} …` : text;
}

function commentOf(output: StoredValue): string | undefined {
  const said = 'inline' in output ? (output.inline as { readonly comment?: string | null }).comment : undefined;
  return said ?? undefined;
}

const QUESTION: Omit<ApproveStepPlan, 'message'> = {
  kind: 'approve',
  id: 'ask',
  dependsOn: [],
  tolerates: [],
  checks: [],
  retry: { attempts: 1, backoffMs: 1000, maxBackoffMs: 1000 },
  onError: { kind: 'fail' },
  to: { kind: 'literal', value: [] },
  options: ['approve', 'reject'],
  quorum: 1,
  onTimeout: { kind: 'fail' },
};
