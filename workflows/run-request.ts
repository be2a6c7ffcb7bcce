import type { Json } from '../src/pipeline/json.ts';
import type { Plan, StepPlan } from '../src/pipeline/plan.ts';
import type { StepError, Usage } from '../src/pipeline/result.ts';
import type { Scope, StoredValue } from '../src/pipeline/value.ts';
import type { EventMessage } from './messages.ts';

/** The registered names of the workflows: of a run, and of a part of a run that has a history of its own. */
export const RUN_PIPELINE = 'runPipeline';
export const RUN_PART = 'runPart';

/** The argument of `runPipeline`. */
export interface RunRequest {
  readonly plan: Plan;
  readonly tenant: string;
  /** Every declared input, defaults filled in. */
  readonly inputs: Readonly<Record<string, StoredValue>>;
  readonly fork?: ForkRequest;
  /** The length of history, in events, at which the run goes on in a new one; without it when Temporal suggests it. */
  readonly renewAfterEvents?: number;
  /** What the history before this one left. */
  readonly carried?: Carried;
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

/** What a run remembers when it goes on in a new history. */
export interface Carried {
  readonly startedAt: number;
  /** By path: what each control form has to remember. */
  readonly memory: Readonly<Record<string, Json>>;
  readonly spent: SpentTotals;
  readonly isPaused: boolean;
  readonly events: readonly EventMessage[];
  /** The ids of applied updates with what was answered, oldest first. */
  readonly updates: readonly (readonly [id: string, answer: Json])[];
  readonly ignored: readonly string[];
  /** Artifacts that hold the calls of the histories before. */
  readonly calls: readonly StoredValue[];
  /** How long the clock of the run's timeout has run, in milliseconds. */
  readonly clockMs: number;
}

export interface SpentTotals {
  readonly usage: Usage;
  readonly costNanoUsd: number;
  readonly hasUnknownCost: boolean;
  readonly savedNanoUsd: number;
}

/** The argument of `runPart`: one of the three things that have a history of their own. */
export interface PartRequest {
  readonly tenant: string;
  /** The run that this is a part of: its id and its start, as expressions see them. */
  readonly root: { readonly runId: string; readonly startedAt: number };
  /** Where in the run: what the paths of the calls begin with. */
  readonly path: string;
  readonly work: PartWork;
  readonly concurrency: number;
  readonly isPaused: boolean;
  /** Events that came before. */
  readonly events: readonly EventMessage[];
  readonly fork?: ForkRequest;
  readonly renewAfterEvents?: number;
  readonly carried?: Carried;
}

export type PartWork =
  | { readonly kind: 'pipeline'; readonly plan: Plan; readonly inputs: Readonly<Record<string, StoredValue>> }
  /** Items `from` to `to` (not included) of a list; `values` are what the step reads around it. */
  | {
      readonly kind: 'items';
      readonly step: StepPlan;
      readonly vars: Readonly<Record<string, Json>>;
      readonly values: Scope;
      readonly list: StoredValue;
      readonly from: number;
      readonly to: number;
      /** Items at a time. */
      readonly concurrency: number;
    }
  | {
      readonly kind: 'rounds';
      readonly step: StepPlan;
      readonly vars: Readonly<Record<string, Json>>;
      readonly values: Scope;
    };

/** What `runPart` returns. A part does not throw for what a step can cause: the run around it decides. */
export interface PartResult {
  readonly outcome:
    | {
        readonly status: 'done';
        readonly output: StoredValue;
        readonly rounds?: number;
        readonly stopped?: 'until' | 'max';
      }
    | { readonly status: 'failed'; readonly error: StepError };
  /** Of `items`: a list of `{ status, error, usage }`; `output` is the list of their outputs. */
  readonly items?: StoredValue;
  readonly spent: SpentTotals;
  /** Artifacts that hold lists of `CallRecord`. */
  readonly calls: readonly StoredValue[];
  /** What undoes the finished steps of this part, oldest first: a list of `UndoEntry`. */
  readonly undo?: StoredValue;
}

/** What undoes one finished step. */
export interface UndoEntry {
  /** The path of the step. */
  readonly path: string;
  /** The ids that lead to the step in the plan. */
  readonly step: StepPlan;
  /** What its compensation reads. */
  readonly values: Scope;
  readonly endedAt: number;
}

/** What `runPipeline` returns. A failed run throws instead, with the code as the failure's type. */
export interface RunResult {
  readonly outputs: Readonly<Record<string, StoredValue>>;
}
