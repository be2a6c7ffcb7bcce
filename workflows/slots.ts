import { condition } from '@temporalio/workflow';
import { isLeaf } from '../src/pipeline/plan-steps.ts';
import type { StepPlan } from '../src/pipeline/plan.ts';
import { mayStart, wakeAll, type RunState } from './run-state.ts';

/** Waits until something new may start here, and until the run has room for it. */
export function withSlot<T>(state: RunState, isCall: boolean, act: () => Promise<T>): Promise<T> {
  return withSlots(state, isCall ? 1 : 0, act);
}

/** As `withSlot`, for work that takes several places; it starts when at least one is free, and gets what there is. */
export async function withSlots<T>(state: RunState, wanted: number, act: (taken: number) => Promise<T>): Promise<T> {
  const { slots } = state;
  const isReady = (): boolean => mayStart(state) && (wanted === 0 || slots.taken < slots.limit);
  // Whoever was woken before may have taken what was free.
  while (!isReady()) await condition(isReady);
  const taken = Math.min(wanted, slots.limit - slots.taken);
  slots.taken += taken;
  try {
    return await act(taken);
  } finally {
    slots.taken -= taken;
    wakeAll(state);
  }
}

/** Gives back the place of a step while it waits for something else: a person, or steps that need places themselves. */
export async function withoutSlot<T>(state: RunState, step: StepPlan, act: () => Promise<T>): Promise<T> {
  const taken = isLeaf(step) ? 1 : 0;
  state.slots.taken -= taken;
  wakeAll(state);
  try {
    return await act();
  } finally {
    state.slots.taken += taken;
  }
}
