import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { upsertSearchAttributes } from '@temporalio/workflow';
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
