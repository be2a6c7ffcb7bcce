import { formProblems } from '../src/pipeline/form.ts';
import { waitsForEvents, type EventWait } from '../src/pipeline/plan-steps.ts';
import type { Refusal, Top } from './answer-messages.ts';
import type { EventMessage } from './messages.ts';
import { wakeAll, type RunState } from './run-state.ts';

/** So many events are kept that nobody waits for yet. */
const KEPT_MAX = 100;
const PAYLOAD_BYTES_MAX = 256 * 1024;

/** Why an event cannot be taken; nothing when it can. */
export function eventProblem(state: RunState, { steps }: Top, message: EventMessage): Refusal | undefined {
  const why = whyNot(state, steps.flatMap(waitsForEvents), message);
  if (why === undefined) return undefined;
  return { code: 'EVENT_REFUSED', message: `Cannot take event "${message.name}": ${why}` };
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

/**
 * Hands an event to the parts that go on and may wait for it, and keeps it for a wait of this history; one that was
 * handed on is only kept here when somebody waits for it now.
 */
export function acceptEvent(state: RunState, event: EventMessage): void {
  const { children, events, waits } = state.steering;
  const takers = [...children.values()].filter((child) => child.events.has(event.name));
  for (const { handle } of takers) void handle.signal('event', event).catch(() => undefined);
  const isAwaited = [...waits.values()].some(({ view }) => view.event === event.name);
  if (takers.length === 0 || isAwaited) events.push({ name: event.name, payload: event.payload });
  wakeAll(state);
}
