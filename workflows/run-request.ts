import type { Json } from '../src/pipeline/json.ts';
import type { BlockPlan, BudgetPlan, Plan, StepPlan } from '../src/pipeline/plan.ts';
import type { ItemFailure, StepError } from '../src/pipeline/result.ts';
import type { Scope, StoredValue } from '../src/pipeline/value.ts';
import type { CompensationView, RunStatus, RunView, SavedFile } from '../src/pipeline/view.ts';
import type { Amount, Limits } from '../src/pipeline/ledger.ts';
import type { Tally } from './frame.ts';
import type { KeptEvent } from './steering.ts';

/** The registered names of the workflows: of a run, and of a part of a run that has a history of its own. */
export const RUN_PIPELINE = 'runPipeline';
export const RUN_PART = 'runPart';

/**
 * How a run and its parts speak with one another. From 1 on a part says when it only waits, and asks before a wait takes an
 * event. A run keeps to what it began with, since its history must replay; before there were numbers it was 0.
 */
export const PROTOCOL = 1;

/** The argument of `runPipeline`. */
export interface RunRequest {
  readonly plan: Plan;
  readonly tenant: string;
  /** Every declared input, defaults filled in. */
  readonly inputs: Readonly<Record<string, StoredValue>>;
  /** The list of the files that came with the inputs (`FileRef`s): every call of a tool gets it. */
  readonly files?: StoredValue;
  readonly fork?: ForkRequest;
  /** The length of history, in events, at which the run goes on in a new one; without it when Temporal suggests it. */
  readonly renewAfterEvents?: number;
  readonly protocol?: number;
}

/** A run that takes over results of an earlier one. */
export interface ForkRequest {
  /** The earlier run. */
  readonly runId: string;
  /** A JSON map from the paths of its finished calls to `CallRecord`s, without those that must run again. */
  readonly seed: StoredValue;
  /** Whether results of tools that only read the world may be taken over. */
  readonly reuseReads: boolean;
  /** Whether a tool whose effect would happen a second time may be called. */
  readonly allowEffects: boolean;
}

/** What a run remembers when it goes on in a new history: the second argument of the workflow. */
export interface Carried {
  readonly startedAt: number;
  readonly blocks: Json;
  readonly forms: Json;
  readonly undo: readonly UndoEntry[];
  readonly compensations: readonly CompensationView[];
  readonly spent: Tally;
  readonly isPaused: boolean;
  /** The status that lists of runs know. */
  readonly listed: RunStatus;
  readonly events: readonly KeptEvent[];
  /** The paths of what waits for somebody. */
  readonly asks?: {
    readonly approvals: readonly string[];
    readonly waits: readonly string[];
    readonly held: readonly string[];
  };
  /** The ids of applied updates with what was answered, oldest first. */
  readonly updates: readonly (readonly [id: string, answer: Json])[];
  readonly ignored: readonly string[];
  /** Artifacts that hold the calls of the histories before. */
  readonly calls: readonly StoredValue[];
  readonly files: readonly SavedFile[];
  readonly budget?: {
    readonly spent: Amount;
    /** What has been granted to a part. */
    readonly grant?: Limits;
    /** The run's own budget, with what it was topped up by. */
    readonly own?: Limits;
    /** The budgets of steps that go on. */
    readonly steps?: readonly (readonly [path: string, budget: BudgetPlan & { readonly spent: Amount }])[];
  };
  /** How long the clock of the run's timeout has run, in milliseconds. */
  readonly clockMs: number;
}

/** The run that a part is a part of, as expressions and calls see it. */
export interface RunRoot {
  readonly runId: string;
  readonly startedAt: number;
  /** What it had cost when the part began. */
  readonly costNanoUsd: number;
  /** As in `RunRequest`. */
  readonly files?: StoredValue;
}

/** The argument of `runPart`: one of the three things that have a history of their own. */
export interface PartRequest {
  readonly tenant: string;
  readonly root: RunRoot;
  readonly pipeline: RunView['pipeline'];
  /** Where in the run: what the paths of the calls begin with. */
  readonly path: string;
  readonly work: PartWork;
  /** Steps at a time. */
  readonly concurrency: number;
  readonly isPaused: boolean;
  /** Events that came before. */
  readonly events: readonly KeptEvent[];
  readonly fork?: ForkRequest;
  readonly renewAfterEvents?: number;
  readonly protocol?: number;
  /** What of the budget is limited, and how much of it the part begins with; absent where there is no budget. */
  readonly grant?: Limits;
  /** Whether the run around it waits for people when there is no more; it does not when this is absent. */
  readonly granted?: BudgetPlan['onExceeded'];
}

export type PartWork =
  | { readonly kind: 'pipeline'; readonly plan: Plan; readonly inputs: Readonly<Record<string, StoredValue>> }
  | ItemsWork
  | RoundsWork;

/** Items `from` to `to` (not included) of a list; `values` are what the step reads around it. */
export interface ItemsWork {
  readonly kind: 'items';
  readonly step: StepPlan;
  readonly values: Scope;
  readonly list: StoredValue;
  readonly from: number;
  readonly to: number;
}

export interface RoundsWork {
  readonly kind: 'rounds';
  readonly step: StepPlan;
  readonly values: Scope;
}

/** What `runPart` returns. It does not throw for what a step can cause, nor when it is cancelled: the run around it decides. */
export interface PartResult {
  readonly outcome:
    | {
        readonly status: 'done';
        /** The outputs of the pipeline, the list of the items' outputs, or what the last round gave. */
        readonly output: StoredValue;
        readonly rounds?: number;
        readonly stopped?: 'until' | 'max';
      }
    | { readonly status: 'failed'; readonly error: StepError }
    /** A person skipped the step that failed in a round. */
    | { readonly status: 'skipped'; readonly because: string }
    | { readonly status: 'cancelled' };
  /** Of items: a list of `{ status, error, usage }`. */
  readonly items?: StoredValue;
  /** Of items: how many failed. */
  readonly failed?: number;
  /** The first of these. */
  readonly failures?: readonly ItemFailure[];
  /** Of a pipeline, and of rounds: a list of `StepView`. */
  readonly inside?: StoredValue;
  readonly spent: Tally;
  /** What counts against the budget of the run. */
  readonly budgetSpent: Amount;
  /** Artifacts that hold lists of `CallRecord`. */
  readonly calls: readonly StoredValue[];
  /** What undoes its finished steps; absent when there is nothing. */
  readonly undo?: UndoEntry;
  /** Of a pipeline that failed or was cancelled: what it undid. */
  readonly compensations: readonly CompensationView[];
  readonly files: readonly SavedFile[];
}

/** What undoes one finished step, or the finished steps of a part. */
export type UndoEntry =
  /** `path` is that of the step, `values` are what its compensation reads. */
  | { readonly path: string; readonly body: BlockPlan; readonly values: Scope }
  /** It is not known whether the step took effect: it is reported, and not undone. */
  | { readonly path: string; readonly isUnknown: true }
  /** A list of entries, oldest first. */
  | { readonly path: string; readonly inner: StoredValue; readonly count: number };

/** What `runPipeline` returns. A failed run throws instead, with the code as the failure's type. */
export interface RunResult {
  readonly outputs: Readonly<Record<string, StoredValue>>;
}
