import { condition } from '@temporalio/workflow';
import { parseDuration } from '../src/pipeline/duration.ts';
import type { Json } from '../src/pipeline/json.ts';
import type { Template } from '../src/pipeline/plan.ts';
import type { StoredValue } from '../src/pipeline/value.ts';
import type { OnTimeoutPlan, WaitPlan } from '../src/pipeline/waiting-plan.ts';
import type { WaitView } from '../src/pipeline/view.ts';
import { holds, keepJson, renderSmall, renderValue, type Place } from './call.ts';
import { done, failed, type Called } from './called.ts';
import { innerFrame } from './frame.ts';
import { formAt } from './memory.ts';
import type { EventMessage } from './messages.ts';
import { wakeAll, type RunState } from './run-state.ts';
import type { Skip } from './steering.ts';

type EventWait = Extract<WaitPlan, { kind: 'event' }>;

/** Waits for a time or for an event. A person may end the waiting. */
export function runWait(state: RunState, place: Place, wait: WaitPlan): Promise<Called> {
  return wait.kind === 'time' ? waitForTime(state, place, wait.at) : waitForEvent(state, place, wait);
}

async function waitForTime(state: RunState, place: Place, at: Template): Promise<Called> {
  const form = formAt<{ until?: number | undefined }>(state.memory, `${place.path}|wait`, () => ({}));
  const value = form.until === undefined ? await renderSmall(state, place, at) : null;
  form.until ??= timeOf(value);
  const { until } = form;
  if (until === undefined) {
    const shown = JSON.stringify(value)?.slice(0, 100);
    const message = `Cannot wait for ${shown}: a duration such as "2h" or a time such as "2030-01-31T09:00:00Z" is needed`;
    return failed('WAIT_INVALID', message);
  }
  if (until <= Date.now()) return done({ inline: null });
  const skip = await whileWaiting(state, { step: place.path, until }, async (entry) => {
    await condition(() => entry.skip !== undefined, Math.max(until - Date.now(), 1), { summary: place.path });
    return entry.skip;
  });
  return skip === undefined ? done({ inline: null }) : skipped(state, skip);
}

/** Milliseconds since 1970. A number counts in milliseconds from now. */
function timeOf(value: Json | undefined): number | undefined {
  if (typeof value === 'number') return Date.now() + value;
  if (typeof value !== 'string') return undefined;
  const duration = parseDuration(value);
  const time = duration === undefined ? Date.parse(value) : Date.now() + duration;
  return Number.isNaN(time) ? undefined : time;
}

async function waitForEvent(state: RunState, place: Place, wait: EventWait): Promise<Called> {
  const { withinMs } = wait;
  const form = formAt<{ until: number | null }>(state.memory, `${place.path}|wait`, () => ({
    until: withinMs === undefined ? null : Date.now() + withinMs,
  }));
  const view = { step: place.path, event: wait.event, ...(form.until === null ? {} : { until: form.until }) };
  const found = await whileWaiting(state, view, (entry) => nextEvent(state, place, { wait, entry }));
  if (found === undefined) return outOfTime(state, place, wait);
  return 'name' in found ? done(await keepJson(state, found.payload)) : skipped(state, found);
}

type Entry = WaitView & { skip?: Skip };

async function whileWaiting<T>(state: RunState, view: WaitView, wait: (entry: Entry) => Promise<T>): Promise<T> {
  const { waits } = state.steering;
  const entry: Entry = { ...view };
  waits.set(view.step, entry);
  wakeAll(state);
  try {
    return await wait(entry);
  } finally {
    waits.delete(view.step);
    wakeAll(state);
  }
}

/** Takes the oldest event that matches; undefined when the time is over. */
async function nextEvent(
  state: RunState,
  place: Place,
  { wait, entry }: { wait: EventWait; entry: Entry },
): Promise<EventMessage | Skip | undefined> {
  const { events } = state.steering;
  const seen = new Set<EventMessage>();
  const unseen = (): EventMessage | undefined => events.find((event) => event.name === wait.event && !seen.has(event));
  for (;;) {
    const event = unseen();
    if (event !== undefined) {
      seen.add(event);
      // Another wait may have taken it while this one looked.
      if (!(await matches(state, place, { wait, event })) || !events.includes(event)) continue;
      events.splice(events.indexOf(event), 1);
      return event;
    }
    const isReady = (): boolean => entry.skip !== undefined || unseen() !== undefined;
    if (entry.until === undefined) await condition(isReady);
    else if (!(await condition(isReady, Math.max(entry.until - Date.now(), 1), { summary: place.path })))
      return undefined;
    if (entry.skip !== undefined) return entry.skip;
  }
}

async function matches(
  state: RunState,
  { frame, path }: Place,
  { wait, event }: { wait: EventWait; event: EventMessage },
): Promise<boolean> {
  if (wait.match === undefined) return true;
  const payload: StoredValue = await keepJson(state, event.payload);
  return holds(state, { frame: innerFrame(frame, { path, locals: { event: payload } }), path }, wait.match);
}

async function skipped(state: RunState, { output = null }: Skip): Promise<Called> {
  return { ...done(await keepJson(state, output)), givenBy: 'person' };
}

async function outOfTime(state: RunState, place: Place, { event, withinMs, onTimeout }: EventWait): Promise<Called> {
  const message = `Cannot go on after event "${event}": it did not come within ${withinMs} ms`;
  return (await onTimeoutResult(state, place, onTimeout)) ?? failed('EVENT_TIMEOUT', message);
}

async function onTimeoutResult(state: RunState, place: Place, plan: OnTimeoutPlan): Promise<Called | undefined> {
  if (plan.kind === 'value') return done(await renderValue(state, place, plan.value));
  return plan.kind === 'continue' ? done({ inline: null }) : undefined;
}
