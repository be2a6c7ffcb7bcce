import { condition } from '@temporalio/workflow';
import type { Json, JsonObject } from '../src/pipeline/json.ts';
import type { ApproveStepPlan } from '../src/pipeline/plan.ts';
import { INLINE_BYTES_MAX, type StoredValue } from '../src/pipeline/value.ts';
import type { ApprovalAnswer, ApprovalView } from '../src/pipeline/view.ts';
import { callTool } from './call-tool.ts';
import { callLocal, renderSmall, renderValue, whileBusy, type Place } from './call.ts';
import { done, failed, type Called, type Done } from './called.ts';
import { innerFrame } from './frame.ts';
import { wakeAll, type RunState } from './run-state.ts';
import type { Answerable } from './steering.ts';

/** An approval as it is remembered and answered, times as milliseconds since 1970. */
interface Asked extends Answerable {
  remindAt?: number;
  escalateAt?: number;
  /** What people have been told of it. */
  readonly told: string[];
}

/** Asks people, reminds them, asks others, and waits until enough have said the same or the time is over. */
export async function runApproval(state: RunState, place: Place, step: ApproveStepPlan): Promise<Called> {
  const { approvals } = state.steering;
  const key = `${place.path}|approval`;
  const asked = (state.memory.forms.get(key) as Asked | undefined) ?? (await ask(state, place, step));
  state.memory.forms.set(key, asked);
  approvals.set(place.path, asked);
  wakeAll(state);
  try {
    const answer = await untilAnswered(state, place, { step, asked });
    if (answer === undefined) return await outOfTime(state, place, { step, asked });
    await tell(state, place, { step, asked, kind: 'answered', answer });
    const { choice } = answer;
    const by = asked.view.answers.filter((one) => one.choice === choice).map((one) => one.by);
    return { ...(await decided(state, asked.view, answer)), decision: { choice, by } };
  } finally {
    approvals.delete(place.path);
    wakeAll(state);
  }
}

async function ask(state: RunState, place: Place, step: ApproveStepPlan): Promise<Asked> {
  const message = await renderSmall(state, place, step.message);
  const to = await peopleOf(state, place, step.to);
  const edit = step.edit === undefined ? undefined : await renderValue(state, place, step.edit);
  const askedAt = Date.now();
  const view: ApprovalView = {
    step: place.path,
    message: textOf(message),
    to,
    options: step.options,
    ...(edit === undefined ? {} : { edit }),
    ...(step.editSchema === undefined ? {} : { editSchema: step.editSchema }),
    ...(step.answer === undefined ? {} : { answer: step.answer }),
    quorum: step.quorum,
    askedAt,
    ...(step.answerWithinMs === undefined ? {} : { deadline: askedAt + step.answerWithinMs }),
    answers: [],
    reminders: 0,
    isEscalated: false,
  };
  return {
    view,
    told: [],
    ...(step.remindMs === undefined ? {} : { remindAt: askedAt + step.remindMs }),
    ...(step.escalate === undefined ? {} : { escalateAt: askedAt + step.escalate.afterMs }),
  };
}

function textOf(value: Json | undefined): string {
  if (value === undefined) return 'The message is too long to show here';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

async function peopleOf(state: RunState, place: Place, to: ApproveStepPlan['to']): Promise<readonly string[]> {
  const people = await renderSmall(state, place, to);
  return [people ?? []].flat().map((name) => textOf(name));
}

interface Open {
  readonly step: ApproveStepPlan;
  readonly asked: Asked;
}

/** The answer that decided, or undefined when the time is over. */
async function untilAnswered(state: RunState, place: Place, open: Open): Promise<ApprovalAnswer | undefined> {
  const { asked } = open;
  const decision = (): ApprovalAnswer | undefined => decisionOf(asked.view);
  await tell(state, place, { ...open, kind: 'asked' });
  for (let answer = decision(); ; answer = decision()) {
    if (answer !== undefined) return answer;
    const times = [asked.view.deadline, asked.remindAt, asked.escalateAt].filter((time) => time !== undefined);
    const isAnswered = (): boolean => decision() !== undefined;
    if (times.length === 0) await condition(isAnswered);
    else if (!(await condition(isAnswered, Math.max(Math.min(...times) - Date.now(), 1), { summary: place.path }))) {
      if (asked.view.deadline !== undefined && asked.view.deadline <= Date.now()) return undefined;
      await nudge(state, place, open);
    }
  }
}

/** The last of the answers that make up a quorum. */
function decisionOf({ answers, quorum }: ApprovalView): ApprovalAnswer | undefined {
  return answers.find(
    ({ choice }, index) => answers.slice(0, index + 1).filter((one) => one.choice === choice).length >= quorum,
  );
}

/** Does what is due: others are asked too, people are reminded. */
async function nudge(state: RunState, place: Place, open: Open): Promise<void> {
  const { asked, step } = open;
  const now = Date.now();
  if (asked.escalateAt !== undefined && asked.escalateAt <= now && step.escalate !== undefined) {
    delete asked.escalateAt;
    const more = await peopleOf(state, place, step.escalate.to);
    change(asked, { isEscalated: true, to: [...new Set([...asked.view.to, ...more])] });
    await tell(state, place, { ...open, kind: 'escalated' });
  }
  if (asked.remindAt !== undefined && asked.remindAt <= now && step.remindMs !== undefined) {
    asked.remindAt += step.remindMs * Math.ceil((now - asked.remindAt + 1) / step.remindMs);
    change(asked, { reminders: asked.view.reminders + 1 });
    await tell(state, place, { ...open, kind: 'reminded' });
  }
}

function change(asked: Asked, changes: Partial<ApprovalView>): void {
  asked.view = { ...asked.view, ...changes };
}

interface News extends Open {
  readonly kind: 'asked' | 'reminded' | 'escalated' | 'answered' | 'timed_out';
  readonly answer?: ApprovalAnswer;
}

/** Calls the tool that tells people, once for each thing that happens; when it fails, the approval goes on. */
async function tell(state: RunState, { frame, path }: Place, news: News): Promise<void> {
  const { notify } = news.step;
  const { view } = news.asked;
  const name = news.kind === 'reminded' ? `reminded-${view.reminders}` : news.kind;
  if (notify === undefined || news.asked.told.includes(name)) return;
  news.asked.told.push(name);
  const { step, message, to, options } = view;
  const { choice = null, by = null } = news.answer ?? {};
  const event = { kind: news.kind, step, message, to: [...to], options: [...options], choice, by };
  const place = {
    frame: innerFrame(frame, { path, locals: { event: { inline: event } } }),
    path: `${path}/notify-${name}`,
  };
  const retry = news.step.retry.attempts > 1 ? news.step.retry : NOTIFY_RETRY;
  const called = await whileBusy(state, () => callTool(state, place, { ...notify, retry }));
  if (called.status === 'failed') {
    const { code, message: why } = called.error;
    state.steering.ignored.push(`Cannot tell people that approval "${step}" was ${news.kind}: ${code} ${why}`);
  }
}

const NOTIFY_RETRY = { attempts: 5, backoffMs: 2000, maxBackoffMs: 60_000 };

async function outOfTime(state: RunState, place: Place, open: Open): Promise<Called> {
  await tell(state, place, { ...open, kind: 'timed_out' });
  const { onTimeout, answerWithinMs } = open.step;
  if (onTimeout.kind !== 'choose') {
    return failed(
      'APPROVAL_TIMEOUT',
      `Cannot go on after approval "${place.path}": nobody answered within ${answerWithinMs} ms`,
    );
  }
  const choice = onTimeout.option;
  return { ...(await decided(state, open.asked.view, { choice, at: Date.now() })), decision: { choice, by: [] } };
}

/** What the approval gives: `edited` is what was offered where nobody changed it. */
async function decided(
  state: RunState,
  { edit, answers }: ApprovalView,
  { choice, edited, answer, by, at, comment }: Partial<ApprovalAnswer> & Pick<ApprovalAnswer, 'choice' | 'at'>,
): Promise<Done> {
  const text: StoredValue = edited === undefined ? (edit ?? { inline: null }) : { inline: edited };
  const rest = {
    choice,
    answer: answer ?? null,
    by: by ?? null,
    at: new Date(at).toISOString(),
    comment: comment ?? null,
    answers: answers.map(answerFacts),
  };
  const size = 'inline' in text ? JSON.stringify([text, rest]).length * 3 : Infinity;
  if ('inline' in text && size <= INLINE_BYTES_MAX) return done({ inline: { ...rest, edited: text.inline } });
  const outputs = [...Object.values(rest).map((inline) => ({ inline })), text];
  const keys = { inline: [...Object.keys(rest), 'edited'] };
  const { output } = await callLocal(state, 'collectItems', {
    tenant: state.tenant,
    parts: [{ outputs, items: { inline: [] } }],
    keys,
  });
  return done(output);
}

/** Who said what, and when. */
function answerFacts({ choice, by, at, comment, edited, answer }: ApprovalAnswer): JsonObject {
  const facts = { choice, by, at: new Date(at).toISOString(), comment: comment ?? null };
  return { ...facts, edited: edited ?? null, answer: answer ?? null };
}
