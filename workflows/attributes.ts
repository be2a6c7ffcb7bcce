import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import {
  CancellationScope,
  condition,
  getExternalWorkflowHandle,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { notePart } from './messages.ts';
import { statusOf, type RunState } from './run-state.ts';

const STATUS = defineSearchAttributeKey('OrchestratorStatus', SearchAttributeType.KEYWORD);
const COST_USD = defineSearchAttributeKey('OrchestratorCostUsd', SearchAttributeType.DOUBLE);

/** Lets lists of runs know the status, when it is another one than they know. */
export function noteStatus(state: RunState): void {
  const status = statusOf(state);
  if (status === state.listed.status) return;
  state.listed.status = status;
  upsertSearchAttributes([{ key: STATUS, value: status }]);
}

/** Lets lists of runs know how the run ended, and what it cost. */
export function closeState(state: RunState): void {
  upsertSearchAttributes([
    { key: STATUS, value: statusOf(state) },
    { key: COST_USD, value: state.spent.costNanoUsd / 1e9 },
  ]);
}

/** Tells the run around this part whether the part only waits, whenever that changes; lists of runs show no parts. */
export async function tellWaiting(state: RunState): Promise<void> {
  const { parent, workflowId } = workflowInfo();
  if (parent === undefined || state.protocol === 0) return;
  // A history that goes on from another does not know what that one has told.
  let told = workflowInfo().continuedFromExecutionRunId === undefined ? false : undefined;
  const isWaiting = (): boolean => statusOf(state) === 'waiting';
  await CancellationScope.nonCancellable(async () => {
    for (;;) {
      await condition(() => state.outcome !== undefined || isWaiting() !== told);
      if (state.outcome !== undefined) return;
      told = isWaiting();
      const message = { part: workflowId, isWaiting: told };
      // Nobody is left to be told when the run around it has ended.
      await getExternalWorkflowHandle(parent.workflowId)
        .signal(notePart, message)
        .catch(() => undefined);
    }
  });
}
