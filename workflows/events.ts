import { CancellationScope, condition, getExternalWorkflowHandle, workflowInfo } from '@temporalio/workflow';
import { whileBusy } from './call.ts';
import { claimEvent, eventSignal, settleEvent, type ClaimMessage, type SettleMessage } from './messages.ts';
import { wakeAll, type RunState } from './run-state.ts';
import type { Child, KeptEvent } from './steering.ts';

/**
 * One wait takes one event, wherever in the run it is. A run keeps an event, and offers it to the parts that may wait for
 * it; a part asks the run around it before one of its waits takes it, and whoever asks first gets it.
 */

/** Keeps an event, and offers it to the parts. */
export function keepEvent(state: RunState, { name, payload, offer }: Omit<KeptEvent, 'number'>): void {
  const { steering } = state;
  const event = { name, payload, number: nextNumber(state), ...(offer === undefined ? {} : { offer }) };
  steering.events.push(event);
  for (const child of steering.children.values()) offerEvent(child, event);
  wakeAll(state);
}

/** Parts do not outlive a history: the numbers need only tell apart what is kept in this one. */
function nextNumber({ steering }: RunState): number {
  steering.eventCount += 1;
  return steering.eventCount;
}

/** As it is offered to a part. */
export function offered({ name, payload, number }: KeptEvent): KeptEvent {
  return { name, payload, ...(number === undefined ? {} : { offer: number }) };
}

/** A part that has just ended needs none. */
export function offerEvent({ handle, events }: Child, event: KeptEvent): void {
  if (events.has(event.name)) void handle.signal(eventSignal, offered(event)).catch(() => undefined);
}

/** Takes an event for a wait of this history; false when another wait has got it. */
export async function takeEvent(state: RunState, event: KeptEvent): Promise<boolean> {
  if (!withdraw(state, event)) return false;
  return event.offer === undefined || claim(state, event.offer);
}

/** Nobody else gets it from here on; false when somebody has. */
function withdraw({ steering }: RunState, event: KeptEvent, taker?: string): boolean {
  const at = steering.events.indexOf(event);
  if (at === -1) return false;
  steering.events.splice(at, 1);
  for (const { runId, handle, events } of steering.children.values()) {
    if (runId === taker || event.number === undefined || !events.has(event.name)) continue;
    void handle.signal(settleEvent, { number: event.number, isYours: false }).catch(() => undefined);
  }
  return true;
}

/** Asks the run around this part for an event. What has been asked for is waited for, whatever ends meanwhile. */
function claim(state: RunState, offer: number): Promise<boolean> {
  const { claims } = state.steering;
  const { parent, workflowId } = workflowInfo();
  if (parent === undefined) return Promise.resolve(true);
  return whileBusy(state, () =>
    CancellationScope.nonCancellable(async () => {
      claims.set(offer, undefined);
      await getExternalWorkflowHandle(parent.workflowId).signal(claimEvent, { part: workflowId, number: offer });
      await condition(() => claims.get(offer) !== undefined);
      const isOurs = claims.get(offer) === true;
      claims.delete(offer);
      return isOurs;
    }),
  );
}

/** Answers a part that wants an event. */
export async function answerClaim(state: RunState, { part, number }: ClaimMessage): Promise<void> {
  const event = state.steering.events.find((each) => each.number === number);
  const isFree = event !== undefined && withdraw(state, event, part);
  const isYours = isFree && (event.offer === undefined || (await claim(state, event.offer)));
  await getExternalWorkflowHandle(part).signal(settleEvent, { number, isYours });
}

/** The run around this part has given an event away: to this part if it asked for it. */
export function settleClaim(state: RunState, { number, isYours }: SettleMessage): void {
  const { claims, events } = state.steering;
  if (claims.has(number)) claims.set(number, isYours);
  const kept = events.find(({ offer }) => offer === number);
  if (kept !== undefined) withdraw(state, kept);
  wakeAll(state);
}
