import { condition } from '@temporalio/workflow';
import { parseDuration, parseTime } from '../src/pipeline/duration.ts';
import type { Json } from '../src/pipeline/json.ts';
import type { Template } from '../src/pipeline/plan.ts';
import type { StoredValue } from '../src/pipeline/value.ts';
import type { OnTimeoutPlan, WaitPlan } from '../src/pipeline/waiting-plan.ts';
import { holds, keepJson, renderSmall, renderValue, type Place } from './call.ts';
import { done, failed, type Called } from './called.ts';
import { innerFrame } from './frame.ts';
import { takeEvent } from './events.ts';
import { formAt } from './memory.ts';
import { wakeAll, type RunState } from './run-state.ts';
import type { KeptEvent, Skip, Waiting } from './steering.ts';

type EventWait = Extract<WaitPlan, { kind: 'event' }>;

/** Waits for a time or for an event. A person may end the waiting. */
export function runWait(state: RunState, place: Place, wait: WaitPlan): Promise<Called> {
  return wait.kind === 'time' ? waitForTime(state, place, wait.at) : waitForEvent(state, place, wait);
}

async function waitForTime(state: RunState, place: Place, at: Template): Promise<Called> {
  const key = `${place.path}|wait`;
  const known = state.memory.forms.get(key) as Waiting | undefined;
  const value = known === undefined ? await renderSmall(state, place, at) : null;
  const until = known?.view.until ?? timeOf(value);
  if (until === undefined) {
    const shown = JSON.stringify(value)?.slice(0, 100);
    const message = `Cannot wait for ${shown}: a duration such as "2h" or a time such as "2030-01-31T09:00:00Z" is needed`;
    return failed('WAIT_INVALID', message);
  }
  const waiting = known ?? { view: { step: place.path, until } };
  state.memory.forms.set(key, waiting);
  await whileWaiting(state, waiting, async () => {
    if (until <= Date.now()) return;
    await condition(() => waiting.skip !== undefined, until - Date.now(), { summary: place.path });
  });
  return waiting.skip === undefined ? done({ inline: null }) : skipped(state, waiting.skip);
}

/** Milliseconds since 1970. A number counts in milliseconds from now. */
function timeOf(value: Json | undefined): number | undefined {
  if (typeof value === 'number') return Date.now() + value;
  if (typeof value !== 'string') return undefined;
  const duration = parseDuration(value);
  return duration === undefined ? parseTime(value) : Date.now() + duration;
}

async function waitForEvent(state: RunState, place: Place, wait: EventWait): Promise<Called> {
  const { event, schema, withinMs } = wait;
  const waiting = formAt<Waiting>(state.memory, `${place.path}|wait`, () => ({
    view: {
      step: place.path,
      event,
      ...(schema === undefined ? {} : { schema }),
      ...(withinMs === undefined ? {} : { until: Date.now() + withinMs }),
    },
  }));
  await whileWaiting(state, waiting, () => untilEvent(state, place, { wait, waiting }));
  if (waiting.taken !== undefined) return done(await keepJson(state, waiting.taken.payload));
  return waiting.skip === undefined ? outOfTime(state, place, wait) : skipped(state, waiting.skip);
}

async function whileWaiting(state: RunState, waiting: Waiting, wait: () => Promise<void>): Promise<void> {
  const { waits } = state.steering;
  const { step } = waiting.view;
  waits.set(step, waiting);
  wakeAll(state);
  try {
    await wait();
  } finally {
    waits.delete(step);
    wakeAll(state);
  }
}

/** Takes the oldest event that matches, and ends without one when the time is over, or a person says so. */
async function untilEvent(
  state: RunState,
  place: Place,
  { wait, waiting }: { wait: EventWait; waiting: Waiting },
): Promise<void> {
  const { events } = state.steering;
  const { until } = waiting.view;
  const seen = new Set<KeptEvent>();
  const unseen = (): KeptEvent | undefined => events.find((event) => event.name === wait.event && !seen.has(event));
  const isReady = (): boolean => waiting.skip !== undefined || unseen() !== undefined;
  while (waiting.taken === undefined && waiting.skip === undefined) {
    const event = unseen();
    if (event !== undefined) {
      seen.add(event);
      // Another wait may have taken it while this one looked.
      if (!(await matches(state, place, { wait, event })) || !events.includes(event)) continue;
      if (await takeEvent(state, event)) waiting.taken = event;
    } else if (until === undefined) await condition(isReady);
    else if (!(await condition(isReady, Math.max(until - Date.now(), 1), { summary: place.path }))) return;
  }
}

async function matches(
  state: RunState,
  { frame, path }: Place,
  { wait, event }: { wait: EventWait; event: KeptEvent },
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
