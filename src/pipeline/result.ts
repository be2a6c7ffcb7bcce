import type { ErrorCode } from '../errors.ts';
import type { Json } from './json.ts';
import type { Plan, StepKind } from './plan.ts';
import type { StoredValue } from './value.ts';
import type { RunView } from './view.ts';

/**
 * Tokens of one or several model calls. `cachedInputTokens` and `cacheWriteTokens` are part of `inputTokens`,
 * `reasoningTokens` part of `outputTokens`; an absent one is 0.
 */
export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cachedInputTokens: number;
  readonly cacheWriteTokens?: number;
  readonly reasoningTokens?: number;
}

/** One request that a model's server answered, or may have answered: a line of the bill. */
export interface Purchase {
  /** `provider/model`. */
  readonly model: string;
  /** Temporal's attempt number, from 1. */
  readonly attempt: number;
  /** `race`: another attempt's answer was there first, and is the one that counts. */
  readonly reason: 'answer' | 'repair' | 'race' | 'failure';
  /** Of a failure. */
  readonly code?: ErrorCode;
  /** Of a step whose model calls tools, from 1. */
  readonly turn?: number;
  /** Absent when the server did not live to say it. */
  readonly usage?: Usage;
  /** Null when the price, or the usage, is not known. */
  readonly costNanoUsd: number | null;
  readonly requestId?: string;
}

/** What a check says. `score` is from 0 to 1. */
export interface Verdict {
  readonly check: string;
  readonly passed: boolean;
  readonly score: number;
  readonly reason: string;
  /** Of a judge: which share of the votes is on the side that has more of them. */
  readonly agreement?: number;
  readonly votes?: readonly Vote[];
  /** Of a check for evidence. */
  readonly quotes?: readonly QuotedClaim[];
}

/** What one model said, once. */
export type Vote = {
  /** `provider/model`. */
  readonly model: string;
  readonly score: number;
  readonly reason: string;
};

/** Something that a text claims, and what is said to show it. */
export type QuotedClaim = {
  readonly claim: string;
  readonly quote: string;
  /** The number of the first source, from 1, in which the quote was found; null when it stands in none. */
  readonly source: number | null;
};

/** Why a step or a run failed. */
export interface StepError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly attempts: number;
  /** The path of the step inside this one that began it. */
  readonly at?: string;
}

/** What was done about an output that did not pass its checks, and what came of it. */
export interface RungFacts {
  readonly rung: 'repair' | 'model' | 'ask' | 'continue';
  /**
   * `passed`: what it gave passes all checks; `missed`: it does not; `failed`: it gave nothing; `accepted`, `rejected`:
   * people say so; `taken`: the output is taken as it is.
   */
  readonly status: 'passed' | 'missed' | 'failed' | 'accepted' | 'rejected' | 'taken';
  /** Of the call, where there was one. */
  readonly path?: string;
  /** The verdicts for which the rung was climbed, long reasons shortened. */
  readonly because: readonly Pick<Verdict, 'check' | 'score' | 'reason'>[];
  readonly model?: string;
  /** Checks of what it gave included; null when the price is not known. */
  readonly costNanoUsd: number | null;
  /** Of one that failed. */
  readonly error?: StepError;
  readonly by?: readonly string[];
  readonly comment?: string;
  /** The person changed the output. */
  readonly isEdited?: true;
}

/** A conversation that may go on. */
export interface KeptTalk {
  readonly transcript: StoredValue;
  /** Of all that was said, in UTF-8 bytes, and in how many messages. */
  readonly bytes: number;
  readonly messages: number;
}

/** What a finished call leaves besides its output. `costNanoUsd` is null when the price is not known. */
export interface CallFacts {
  readonly attempts: number;
  /** `provider/model` that answered; absent for steps without a model. */
  readonly model?: string;
  readonly usage?: Usage;
  readonly costNanoUsd: number | null;
  readonly checks: readonly Verdict[];
  /** Everything that was bought for this result, in the order of the ends. */
  readonly purchases?: readonly Purchase[];
  /** Why these models were taken, in this order; absent when the pipeline names them itself. */
  readonly choice?: readonly string[];
  /** Of a step whose model calls tools. */
  readonly turns?: number;
  /** The models that were tried before this one, and why each was left. */
  readonly passedOver?: readonly PassedOver[];
  /** What the call was made of (sha256, hex): a fork reuses its result where the key is the same. */
  readonly key?: string;
  /** Of a conversation that failed, what its first turn was made of (sha256, hex): a fork of the same takes its turns over. */
  readonly firstTurnKey?: string;
  /** The run that this result was taken from, and what was saved by that. */
  readonly reused?: { readonly runId: string; readonly costNanoUsd: number | null };
  /** The error that `on_error` made good. */
  readonly handled?: StepError;
  /** The steps of a part of the run that did this step's work: a list of `StepView`. */
  readonly inside?: StoredValue;
  /** What was done, in order, because checks were not passed; `checks` are the verdicts after that. */
  readonly rungs?: readonly RungFacts[];
  /** Of a step whose model calls tools, and may be asked to repair its answer. */
  readonly talk?: KeptTalk;
  /** A person gave this result in place of the step's own. */
  readonly givenBy?: 'person';
}

/** An item that failed and was left. */
export interface ItemFailure {
  readonly path: string;
  readonly code: ErrorCode;
  readonly message: string;
}

/** What a finished control form tells besides its output. */
export interface FormFacts {
  /** The name of the case that ran. */
  readonly case?: string;
  readonly rounds?: number;
  readonly stopped?: 'until' | 'max';
  /** `{ status, error, usage }` of each item, in item order. */
  readonly items?: StoredValue;
  /** How many items there were, and how many of them failed. */
  readonly counts?: { readonly total: number; readonly failed: number };
  /** The first items that failed, at most ten; absent when none did. */
  readonly failures?: readonly ItemFailure[];
  /** What people chose, and who did; nobody when the time was over. */
  readonly decision?: { readonly choice: string; readonly by: readonly string[] };
}

/** A candidate that could not answer. */
export interface PassedOver {
  readonly model: string;
  readonly code: ErrorCode;
  readonly message: string;
}

/** How a step ended. */
export type StepResult =
  | ({ readonly status: 'done'; readonly output: StoredValue } & CallFacts & FormFacts)
  | ({ readonly status: 'failed'; readonly error: StepError } & CallFacts)
  | { readonly status: 'skipped'; readonly because: string }
  | {
      readonly status: 'cancelled';
      readonly because: string;
      /** What was bought until then. */
      readonly purchases?: readonly Purchase[];
    };

/** Nothing was called. */
export const NO_CALL: CallFacts = { attempts: 0, costNanoUsd: 0, checks: [] };

/** What stays of a run after Temporal has forgotten it. */
export interface RunRecord {
  readonly recordVersion: 1;
  readonly plan: Plan;
  readonly inputs: Readonly<Record<string, StoredValue>>;
  readonly view: RunView;
  /** Every call that ended, those inside groups, rounds and items too, in the order of their ends. */
  readonly calls?: readonly CallRecord[];
  /** The ids of updates that were applied, with what was answered. */
  readonly updates?: readonly (readonly [id: string, answer: Json])[];
  /** More calls, in artifacts that hold lists of them: what histories of their own, or ones that were continued, have done. */
  readonly moreCalls?: readonly StoredValue[];
}

/** How one call of a run ended; the call is told by its path. */
export interface CallRecord {
  readonly path: string;
  readonly kind: StepKind;
  readonly endedAt: number;
  readonly result: StepResult;
}
