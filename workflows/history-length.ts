import { CancellationScope, workflowInfo } from '@temporalio/workflow';
import type { RunState } from './run-state.ts';

/** From here on nothing new starts until what goes on has ended, however long that takes: Temporal ends a history at 51,200. */
const EVENTS_MAX = 40_000;

/** Of the history that a run, or a part of one, is in. */
export interface Renewal {
  /** From this length on it is looked at. */
  from: number;
  /** True while the run is about to go on in a new history: nothing new starts. */
  isOn: boolean;
  /** That of the whole workflow. */
  readonly scope: CancellationScope;
}

export function openRenewal(): Renewal {
  return { from: 0, isOn: false, scope: CancellationScope.current() };
}

/**
 * Lets nothing new start when the history has grown long. Looked at when something has happened that the history tells
 * of: of an update that is refused it does not, and a replay would not know what was found out then.
 */
export function noteLength({ renewal, renewAfterEvents, steering }: RunState): void {
  const { historyLength, continueAsNewSuggested } = workflowInfo();
  const isLong = renewAfterEvents === undefined ? continueAsNewSuggested : historyLength >= renewAfterEvents;
  if (!isLong || historyLength < renewal.from) return;
  // Parts may go on for days, and cannot be left: nothing is held up for their sake before it must be.
  if (mayLeave(renewal) && (steering.children.size === 0 || isVeryLong())) renewal.isOn = true;
}

/** Temporal calls a workflow cancelled only when it ends in the history that heard of it. */
export function mayLeave({ scope }: Renewal): boolean {
  return !scope.consideredCancelled || isVeryLong();
}

export function isVeryLong(): boolean {
  return workflowInfo().historyLength >= EVENTS_MAX;
}
