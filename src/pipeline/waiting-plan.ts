import type { JsonSchema } from './json.ts';
import type { Effect, Expression, Template } from './plan.ts';

/** What the plan says of the steps that wait: for people, for events, for a time. */

/** What happens when an approval or a wait runs out of time. */
export type OnTimeoutPlan =
  | { readonly kind: 'fail' }
  | { readonly kind: 'continue' }
  | { readonly kind: 'choose'; readonly option: string }
  | { readonly kind: 'value'; readonly value: Template };

/** A question to people. */
export interface ApprovalPlan {
  readonly message: Template;
  /** Renders to a list of names of people or groups; empty: anybody may answer. */
  readonly to: Template;
  /** What may be chosen, at least one. */
  readonly options: readonly string[];
  /** What the person may change. */
  readonly edit?: Template;
  /** What a changed one must meet, as far as steps after it rely on that; without it anything is taken. */
  readonly editSchema?: JsonSchema;
  /** The JSON Schema of a form; without it none is taken. */
  readonly answer?: JsonSchema;
  /** So many different people must choose the same. */
  readonly quorum: number;
  readonly remindMs?: number;
  readonly escalate?: { readonly afterMs: number; readonly to: Template };
  /** How long the answer may take; none: as long as it takes. */
  readonly answerWithinMs?: number;
  /** `fail` or one of `options`. */
  readonly onTimeout: OnTimeoutPlan;
  /** The tool that tells people of what happens to the approval; `with` may read `event`. */
  readonly notify?: {
    readonly tool: string;
    readonly effect: Effect;
    readonly with: Template;
    readonly timeoutMs: number;
  };
}

export type WaitPlan =
  /** Renders to milliseconds or, as a text, to a duration or a time (ISO 8601). */
  | { readonly kind: 'time'; readonly at: Template }
  | {
      readonly kind: 'event';
      readonly event: string;
      /** May read `event`, the payload. */
      readonly match?: Expression;
      readonly schema?: JsonSchema;
      readonly withinMs?: number;
      readonly onTimeout: OnTimeoutPlan;
    };
