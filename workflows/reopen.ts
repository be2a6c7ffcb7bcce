import type { Carried } from './run-request.ts';
import type { RunState } from './run-state.ts';
import type { Answerable, HeldStep, Waiting } from './steering.ts';

/** The paths of what waits for somebody, as they are carried on. */
export function openAsks({ steering }: RunState): NonNullable<Carried['asks']> {
  const { approvals, waits, held } = steering;
  return { approvals: [...approvals.keys()], waits: [...waits.keys()], held: [...held.keys()] };
}

/**
 * What waited when the history before ended hears people from the beginning of this one: they may speak before its
 * step goes on.
 */
export function reopenAsks({ memory, steering }: RunState, asks: Carried['asks']): void {
  for (const path of asks?.approvals ?? []) {
    steering.approvals.set(path, memory.forms.get(`${path}|approval`) as Answerable);
  }
  for (const path of asks?.waits ?? []) steering.waits.set(path, memory.forms.get(`${path}|wait`) as Waiting);
  for (const path of asks?.held ?? []) steering.held.set(path, memory.forms.get(`${path}|held`) as HeldStep);
}
