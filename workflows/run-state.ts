import { workflowInfo } from '@temporalio/workflow';
import type { CallFacts, StepError, StepResult } from '../src/pipeline/result.ts';
import type { RunStatus } from '../src/pipeline/view.ts';
import type { RunValues } from '../src/pipeline/scope.ts';
import type { StoredValue } from '../src/pipeline/value.ts';
import { openGate, type Gate } from './gate.ts';
import type { RunRequest } from './run-request.ts';

/** How a run ends. */
export type Outcome =
  | { readonly status: 'done'; readonly outputs: Readonly<Record<string, StoredValue>> }
  | { readonly status: 'failed'; readonly error: StepError & { readonly stepId?: string } }
  | { readonly status: 'cancelled' };

/** What a run knows about itself: the one mutable thing in the workflow. */
export interface RunState {
  readonly runId: string;
  readonly request: RunRequest;
  readonly startedAt: number;
  readonly results: Map<string, StepResult>;
  /** Steps that have started and not ended, with the time of their start. */
  readonly running: Map<string, number>;
  /** Start and end of steps, for the view. */
  readonly times: Map<string, { readonly startedAt?: number; readonly endedAt: number }>;
  readonly spent: { inputTokens: number; outputTokens: number; cachedInputTokens: number; costNanoUsd: number };
  hasUnknownCost: boolean;
  isPaused: boolean;
  outcome: (Outcome & { readonly endedAt: number }) | undefined;
  readonly ignored: string[];
  readonly gate: Gate;
  /** Tells the loop that runs the steps that something has changed. */
  hasNews: boolean;
}

export function openRun(request: RunRequest): RunState {
  return {
    runId: workflowInfo().workflowId,
    request,
    startedAt: Date.now(),
    results: new Map(),
    running: new Map(),
    times: new Map(),
    spent: { inputTokens: 0, outputTokens: 0, cachedInputTokens: 0, costNanoUsd: 0 },
    hasUnknownCost: false,
    isPaused: false,
    outcome: undefined,
    ignored: [],
    gate: openGate(),
    hasNews: true,
  };
}

export function statusOf(state: RunState): RunStatus {
  return state.outcome?.status ?? (state.isPaused ? 'paused' : 'running');
}

/** What expressions may read now. */
export function valuesOf(state: RunState): RunValues {
  return {
    inputs: state.request.inputs,
    vars: state.request.plan.vars,
    results: state.results,
    run: { id: state.runId, startedAt: state.startedAt, costNanoUsd: state.spent.costNanoUsd },
  };
}

/** Adds what one attempt used, a failed one too. */
export function addSpending(state: RunState, facts: Pick<CallFacts, 'usage' | 'costNanoUsd'>): void {
  state.spent.inputTokens += facts.usage?.inputTokens ?? 0;
  state.spent.outputTokens += facts.usage?.outputTokens ?? 0;
  state.spent.cachedInputTokens += facts.usage?.cachedInputTokens ?? 0;
  if (facts.costNanoUsd === null) state.hasUnknownCost = true;
  else state.spent.costNanoUsd += facts.costNanoUsd;
}
