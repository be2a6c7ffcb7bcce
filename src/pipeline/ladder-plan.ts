import type { ModelCandidate } from './model-plan.ts';
import type { Template } from './plan.ts';
import type { ApprovalPlan } from './waiting-plan.ts';

/** One thing that is done about an output that does not pass its checks; each is done once, in order. */
export type RungPlan =
  /** The model is asked again, up to so many times, with its answer and the verdicts. */
  | { readonly kind: 'repair'; readonly times: number }
  | OtherModelPlan
  | AskRungPlan
  /** What there is, is taken. Comes last. */
  | { readonly kind: 'continue' };

/** Another model is asked the question of the step, with the settings of its own name. */
export interface OtherModelPlan {
  readonly kind: 'model';
  readonly candidates: readonly ModelCandidate[];
  readonly choice?: readonly string[];
  readonly system?: Template;
  readonly temperature?: number;
  readonly maxOutputTokens: number;
  readonly accept?: readonly ('length' | 'refusal')[];
}

/** People accept the output, or what they made of it, or reject it. */
export interface AskRungPlan extends Omit<ApprovalPlan, 'message' | 'edit'> {
  readonly kind: 'ask';
  /** May read the step itself. Absent: people are told what the checks say. */
  readonly message?: Template;
}

/** What people may choose on a rung. */
export const ACCEPT = 'accept';
export const REJECT = 'reject';
