import type { Json, JsonSchema } from './json.ts';
import type { StepKind } from './plan.ts';
import type { StepError, StepResult, Usage } from './result.ts';
import type { StoredValue } from './value.ts';

/** Where a step is, for people. Times are milliseconds since 1970. */
export type StepView = StepViewBase &
  (
    | { readonly status: 'pending' }
    | { readonly status: 'running'; readonly startedAt: number }
    | { readonly status: 'waiting'; readonly startedAt: number }
    | { readonly status: 'held'; readonly startedAt: number }
    | (Viewed<StepResult> & { readonly startedAt?: number; readonly endedAt: number })
  );

interface StepViewBase {
  readonly id: string;
  /** Names the step in the whole run; absent where that is its id. */
  readonly path?: string;
  readonly kind: StepKind;
  readonly description?: string;
  /** The steps inside: of a group, of the case that runs, of the last round. Absent where they are too many to show. */
  readonly steps?: readonly StepView[];
  /** How far a `for_each` is. */
  readonly progress?: ItemsProgress;
  /** The round that goes on, from 1. */
  readonly round?: number;
  /** The run that does this step's work in a history of its own, while it goes on. */
  readonly childRunId?: string;
}

export interface ItemsProgress {
  readonly total: number;
  readonly done: number;
  readonly failed: number;
  readonly running: number;
}

/** An approval that waits for its answer. `step` is the path of its step. */
export interface ApprovalView {
  readonly step: string;
  readonly message: string;
  /** Names of people or groups; empty: anybody. */
  readonly to: readonly string[];
  readonly options: readonly string[];
  /** What the person may change. */
  readonly edit?: StoredValue;
  /** The JSON Schema of what it may become, where it is known. */
  readonly editSchema?: JsonSchema;
  readonly answer?: JsonSchema;
  readonly quorum: number;
  readonly askedAt: number;
  /** Until when an answer is taken; absent: as long as it takes. */
  readonly deadline?: number;
  /** The answers so far, while more are needed. */
  readonly answers: readonly ApprovalAnswer[];
  /** How often people were reminded. */
  readonly reminders: number;
  readonly isEscalated: boolean;
}

/** Who said what to an approval, and when (milliseconds since 1970). */
export interface ApprovalAnswer {
  readonly choice: string;
  readonly edited?: Json;
  readonly answer?: Json;
  readonly comment?: string;
  readonly by: string;
  readonly at: number;
}

/** A step that waits for an event, or until a time. */
export interface WaitView {
  readonly step: string;
  readonly event?: string;
  /** The JSON Schema of what the event brings. */
  readonly schema?: JsonSchema;
  readonly until?: number;
}

/** A failed step that waits for a person: retry it, skip it, or give its output. */
export interface HeldView {
  readonly step: string;
  readonly error: StepError;
  readonly since: number;
}

/** What became of the undoing of a step. `unknown`: whether the step took effect is not known, so it was not undone. */
export interface CompensationView {
  readonly step: string;
  readonly status: 'running' | 'done' | 'failed' | 'unknown';
  readonly error?: StepError;
}

/** What a run may spend, and what has become of it; an absent limit is none. */
export interface BudgetView {
  readonly limit: { readonly nanoUsd?: number; readonly tokens?: number };
  /** What a failed call may have cost counts as spent. */
  readonly spent: { readonly nanoUsd: number; readonly tokens: number };
  /** Set aside for calls that go on. */
  readonly reserved: { readonly nanoUsd: number; readonly tokens: number };
  /** What the next call lacks, while the run waits to be topped up. */
  readonly missing?: { readonly nanoUsd: number; readonly tokens: number };
  /** The budgets of steps that go on, by the paths of the steps. */
  readonly steps?: readonly StepBudgetView[];
  /** All that waits to be topped up, in parts of the run too: the budgets of steps, and that of the run, which has no `step`. */
  readonly asks?: readonly BudgetAskView[];
}

export interface StepBudgetView extends Pick<BudgetView, 'limit' | 'spent' | 'reserved'> {
  readonly step: string;
}

export interface BudgetAskView {
  readonly step?: string;
  readonly missing: { readonly nanoUsd: number; readonly tokens: number };
}

/** A file that a step saved for people. */
export interface SavedFile {
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly step: string;
}

/** A long output is shortened in a running run's view: the first characters of its JSON. */
export type ViewedValue = StoredValue | { readonly preview: string };

type Viewed<Result> = Result extends { status: 'done' }
  ? Omit<Result, 'output'> & { readonly output: ViewedValue }
  : Result;

/** `waiting`: nothing can go on before a person, an event or a time. */
export type RunStatus = 'running' | 'waiting' | 'paused' | 'done' | 'failed' | 'cancelled';

/** Everything that a run says about itself: the answer of the query `describe`. */
export interface RunView {
  readonly runId: string;
  readonly tenant: string;
  readonly pipeline: { readonly name: string; readonly version?: string; readonly planHash: string };
  readonly status: RunStatus;
  readonly startedAt: number;
  readonly endedAt?: number;
  /** Nothing goes on in this history itself: what goes on, goes on in the parts that it waits for. */
  readonly isIdle?: true;
  readonly steps: readonly StepView[];
  readonly usage: Usage;
  readonly costNanoUsd: number;
  /** True when some call's price is not known, so that `costNanoUsd` is a lower bound. */
  readonly hasUnknownCost: boolean;
  readonly outputs?: Readonly<Record<string, StoredValue>>;
  readonly error?: StepError & { readonly stepId?: string };
  /** Signals that said something that cannot be done, newest last, at most 20. */
  readonly ignored: readonly string[];
  /** Absent where there are none; so for the lists below. */
  readonly approvals?: readonly ApprovalView[];
  readonly waits?: readonly WaitView[];
  readonly held?: readonly HeldView[];
  readonly compensations?: readonly CompensationView[];
  /** The parts of the run that go on in histories of their own, by the path that tells them apart. */
  readonly children?: readonly { readonly path: string; readonly runId: string }[];
  readonly files?: readonly SavedFile[];
  /** Absent when nothing limits what is spent. */
  readonly budget?: BudgetView;
  /** The run that this one was forked from. */
  readonly forkOf?: string;
  /** What reused results would have cost. */
  readonly savedNanoUsd?: number;
}
