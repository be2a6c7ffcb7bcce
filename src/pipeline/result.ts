import type { ErrorCode } from '../errors.ts';
import type { Plan, StepKind } from './plan.ts';
import type { StoredValue } from './value.ts';

/** Tokens of one or several model calls. `cachedInputTokens` are part of `inputTokens`. */
export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cachedInputTokens: number;
}

/** What a check says. `score` is from 0 to 1. */
export interface Verdict {
  readonly check: string;
  readonly passed: boolean;
  readonly score: number;
  readonly reason: string;
}

/** Why a step or a run failed. */
export interface StepError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly attempts: number;
}

/** What a finished call leaves besides its output. `costNanoUsd` is null when the price is not known. */
export interface CallFacts {
  readonly attempts: number;
  /** `provider/model` that answered; absent for steps without a model. */
  readonly model?: string;
  readonly usage?: Usage;
  readonly costNanoUsd: number | null;
  readonly checks: readonly Verdict[];
  /** The models that were tried before this one, and why each was left. */
  readonly passedOver?: readonly PassedOver[];
}

/** A candidate that could not answer. */
export interface PassedOver {
  readonly model: string;
  readonly code: ErrorCode;
  readonly message: string;
}

/** How a step ended. */
export type StepResult =
  | ({ readonly status: 'done'; readonly output: StoredValue } & CallFacts)
  | ({ readonly status: 'failed'; readonly error: StepError } & CallFacts)
  | { readonly status: 'skipped'; readonly because: string }
  | { readonly status: 'cancelled'; readonly because: string };

/** Nothing was called. */
export const NO_CALL: CallFacts = { attempts: 0, costNanoUsd: 0, checks: [] };

/** Where a step is, for people. Times are milliseconds since 1970. */
export type StepView = { readonly id: string; readonly kind: StepKind; readonly description?: string } & (
  | { readonly status: 'pending' }
  | { readonly status: 'running'; readonly startedAt: number }
  | (Viewed<StepResult> & { readonly startedAt?: number; readonly endedAt: number })
);

/** A long output is shortened in a running run's view: the first characters of its JSON. */
export type ViewedValue = StoredValue | { readonly preview: string };

type Viewed<Result> = Result extends { status: 'done' }
  ? Omit<Result, 'output'> & { readonly output: ViewedValue }
  : Result;

export type RunStatus = 'running' | 'paused' | 'done' | 'failed' | 'cancelled';

/** Everything that a run says about itself: the answer of the query `describe`. */
export interface RunView {
  readonly runId: string;
  readonly tenant: string;
  readonly pipeline: { readonly name: string; readonly version?: string; readonly planHash: string };
  readonly status: RunStatus;
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly steps: readonly StepView[];
  readonly usage: Usage;
  readonly costNanoUsd: number;
  /** True when some call's price is not known, so that `costNanoUsd` is a lower bound. */
  readonly hasUnknownCost: boolean;
  readonly outputs?: Readonly<Record<string, StoredValue>>;
  readonly error?: StepError & { readonly stepId?: string };
  /** Signals that said something that cannot be done, newest last, at most 20. */
  readonly ignored: readonly string[];
}

/** What stays of a run after Temporal has forgotten it. */
export interface RunRecord {
  readonly recordVersion: 1;
  readonly plan: Plan;
  readonly inputs: Readonly<Record<string, StoredValue>>;
  readonly view: RunView;
}
