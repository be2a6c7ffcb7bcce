import { formProblems } from '../src/pipeline/form.ts';
import { waitsForEvents, type EventWait } from '../src/pipeline/plan-steps.ts';
import type { Refusal, Top } from './answer-messages.ts';
import { keepEvent } from './events.ts';
import type { EventMessage } from './messages.ts';
import { wakeAll, type RunState } from './run-state.ts';
import type { KeptEvent } from './steering.ts';

/** So many events are kept that nobody waits for yet. */
const KEPT_MAX = 100;
const PAYLOAD_BYTES_MAX = 256 * 1024;

/** Why an event cannot be taken; nothing when it can. */
export function eventProblem(state: RunState, top: Top, message: EventMessage): Refusal | undefined {
  const why = whyNot(state, waitsOf(state, top), message);
  if (why === undefined) return undefined;
  return { code: 'EVENT_REFUSED', message: `Cannot take event "${message.name}": ${why}` };
}

/** Those that may come; when all steps have ended only those of what is undone, which wait now. */
function waitsOf({ memory, steering }: RunState, { frame, steps, at }: Top): readonly EventWait[] {
  const waits = steps.flatMap(waitsForEvents);
  const results = memory.blocks.get(frame.path)?.results;
  const isOver = at === undefined && results !== undefined && results.size >= steps.length;
  if (!isOver) return waits;
  const open = new Set([...steering.waits.values()].map(({ view }) => view.event));
  const inParts = [...steering.children.values()].flatMap(({ events }) => [...events]);
  return waits.filter(({ event }) => open.has(event) || inParts.includes(event));
}

function whyNot(
  { steering }: RunState,
  waits: readonly EventWait[],
  { name, payload }: EventMessage,
): string | undefined {
  const wanted = waits.filter(({ event }) => event === name);
  if (wanted.length === 0) {
    const names = [...new Set(waits.map(({ event }) => event))];
    return `no step waits for it, ${names.length === 0 ? 'none waits for any event' : `these are waited for: ${names.join(', ')}`}`;
  }
  if (payload === undefined) return 'it has no payload, null is one';
  // At most three bytes of UTF-8 for each character.
  const bytes = JSON.stringify(payload).length * 3;
  if (bytes > PAYLOAD_BYTES_MAX * 3) return `its payload is too long, at most ${PAYLOAD_BYTES_MAX} bytes are allowed`;
  const problems = wanted.map(({ schema }) => (schema === undefined ? [] : formProblems(payload, schema)));
  if (problems.every((those) => those.length > 0)) return `its payload does not fit: ${(problems[0] ?? []).join('; ')}`;
  return steering.events.length < KEPT_MAX ? undefined : `${KEPT_MAX} events wait to be taken, no more are kept`;
}

/** Keeps an event for whoever waits for it, here or in a part. */
export function acceptEvent(state: RunState, event: KeptEvent): void {
  if (state.protocol === 0) handOn(state, event);
  else keepEvent(state, event);
}

/**
 * As runs of protocol 0 do: every part that goes on and may wait for it gets it, and it is only kept here as well when
 * somebody waits for it now.
 */
function handOn(state: RunState, event: EventMessage): void {
  const { children, events, waits } = state.steering;
  const takers = [...children.values()].filter((child) => child.events.has(event.name));
  for (const { handle } of takers) void handle.signal('event', event).catch(() => undefined);
  const isAwaited = [...waits.values()].some(({ view }) => view.event === event.name);
  if (takers.length === 0 || isAwaited) events.push({ name: event.name, payload: event.payload });
  wakeAll(state);
}
