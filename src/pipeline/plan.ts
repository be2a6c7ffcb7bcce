import type { ErrorCode } from '../errors.ts';
import type { CheckPlan } from './check-plan.ts';
import type { Json, JsonSchema } from './json.ts';
import type { RungPlan } from './ladder-plan.ts';
import type { MessagePlan, ModelCandidate, OfferedToolPlan } from './model-plan.ts';
import type { ApprovalPlan, WaitPlan } from './waiting-plan.ts';

/** The version of the plan's shape that this code writes and runs; another one is refused with `PLAN_VERSION_UNKNOWN`. */
export const PLAN_VERSION = 1;
/** A compiled plan is at most this long (UTF-8 bytes of its JSON). */
export const PLAN_BYTES_MAX = 1024 * 1024;

/**
 * What an expression does, as JSON: constants as they are, everything else as `[operator, ...operands]`.
 * Names are resolved and types decided, so that evaluating needs no parser and no schema.
 */
export type Code = null | boolean | number | string | readonly Code[];

/** A checked CEL expression. `reads` lists the root paths that it needs (see `Scope`). */
export interface Expression {
  readonly source: string;
  readonly code: Code;
  readonly reads: readonly string[];
  /** True when it calls a function that must not run in a workflow (`matches`, which needs RE2). */
  readonly needsHost: boolean;
}

/** A value with holes. It is parsed once, when the plan is made. */
export type Template =
  | { readonly kind: 'literal'; readonly value: Json }
  | { readonly kind: 'expression'; readonly expression: Expression }
  | { readonly kind: 'secret'; readonly name: string }
  | { readonly kind: 'text'; readonly parts: readonly TextPart[] }
  | { readonly kind: 'list'; readonly items: readonly Template[] }
  | { readonly kind: 'map'; readonly entries: Readonly<Record<string, Template>> };

export type TextPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'expression'; readonly expression: Expression }
  | { readonly kind: 'secret'; readonly name: string };

/** What a retry may assume about a tool. `reads`: the world may have changed since. `once`: never blindly repeated. */
export const EFFECTS = ['pure', 'reads', 'idempotent', 'once'] as const;
export type Effect = (typeof EFFECTS)[number];

/** How often and how fast a failed attempt is repeated. `attempts` counts the first one. */
export interface RetryPlan {
  readonly attempts: number;
  readonly backoffMs: number;
  readonly maxBackoffMs: number;
  /** All attempts and the pauses between them together, in milliseconds. */
  readonly withinMs?: number;
  /** Only these codes are repeated; without it those that the table of codes calls passing. */
  readonly retryOn?: readonly ErrorCode[];
  readonly neverOn?: readonly ErrorCode[];
}

/** Steps that see the steps around them and are seen by nobody outside. In an order in which each comes after what it depends on. */
export interface BlockPlan {
  readonly steps: readonly StepPlan[];
  /** What the block gives: what `outputs` says, or else a map of the ids of its steps to their outputs. */
  readonly outputs: Template;
}

/** What becomes of a step that failed. */
export type OnErrorPlan =
  | { readonly kind: 'fail' }
  | { readonly kind: 'continue' }
  | { readonly kind: 'hold' }
  | { readonly kind: 'value'; readonly value: Template }
  | { readonly kind: 'steps'; readonly body: BlockPlan };

/** The step once for each item of a list. The item and its number are read under the names `as` and `index`. */
export interface ForEachPlan {
  readonly over: Template;
  readonly as: string;
  readonly index: string;
  /** Gives each item a text of its own; the output is then a map. */
  readonly key?: Expression;
  /** A longer list is refused. */
  readonly max: number;
  /** Items at a time. */
  readonly concurrency: number;
  readonly onItemError: 'fail' | 'continue';
}

/** The step again and again. `until` reads the round that just ended; without it there are `max` rounds. */
export interface RepeatPlan {
  readonly until?: Expression;
  readonly max: number;
  readonly onMax: 'continue' | 'fail';
}

/** A file of the run that people can fetch. */
export interface SaveToPlan {
  /** Renders to a relative path. */
  readonly path: Template;
  readonly value: Template;
}

interface StepPlanBase {
  readonly id: string;
  readonly description?: string;
  /** Every step of the same block that must have settled before this one starts. */
  readonly dependsOn: readonly string[];
  /** Those of `dependsOn` that may end in any way: only their status or error is read, or the step joins what has settled. */
  readonly tolerates: readonly string[];
  readonly condition?: Expression;
  /** The output when the condition is false; without it the step is skipped. */
  readonly otherwise?: Template;
  readonly forEach?: ForEachPlan;
  readonly repeat?: RepeatPlan;
  readonly checks: readonly CheckPlan[];
  /** What is done, in order, when a check is not passed. Absent: the step fails. */
  readonly onCheckFail?: readonly RungPlan[];
  readonly retry: RetryPlan;
  /** Of one attempt, in milliseconds. Absent: a step that holds others, or waits, takes as long as it takes. */
  readonly timeoutMs?: number;
  readonly onError: OnErrorPlan;
  /** Undoes the step when the run fails or is cancelled after it. It may read the output of the step. */
  readonly compensate?: BlockPlan;
  readonly saveTo?: SaveToPlan;
  /** What the step and all that it holds may spend. */
  readonly budget?: BudgetPlan;
  /** `never`: a fork runs it again. */
  readonly reuse?: 'never';
}

/** A step that makes a call; the call has a time limit. */
interface CallPlanBase extends StepPlanBase {
  readonly timeoutMs: number;
}

export interface ModelStepPlan extends CallPlanBase {
  readonly kind: 'model';
  readonly candidates: readonly ModelCandidate[];
  /** Why these, in this order; absent when the pipeline names them itself. */
  readonly choice?: readonly string[];
  readonly system?: Template;
  /** Absent when there are `messages`. */
  readonly prompt?: Template;
  /** A conversation; its last turn is the user's. */
  readonly messages?: readonly MessagePlan[];
  /** Each renders to a file (`FileRef`), or a list of them, that the last turn of the user brings along. */
  readonly attach?: readonly Template[];
  readonly tools?: readonly OfferedToolPlan[];
  /** So often the model is asked, at most, when there are tools. */
  readonly maxTurns?: number;
  /** Ends of an answer that are taken as they are, and are failures otherwise. */
  readonly accept?: readonly ('length' | 'refusal')[];
  /** So long a call may wait for a worker before the next candidate is asked, in milliseconds. */
  readonly queueTimeoutMs?: number;
  /** The JSON Schema of a structured answer; without it the answer is text. May hold expressions in `enum`. */
  readonly output?: Template;
  readonly temperature?: number;
  readonly maxOutputTokens: number;
}

/** What models are asked, how long, and how often when they fail. */
export type QuestionPlan = Omit<ModelStepPlan, Exclude<keyof StepPlanBase, 'retry' | 'timeoutMs'> | 'kind'>;

export interface ToolStepPlan extends CallPlanBase {
  readonly kind: 'tool';
  readonly tool: string;
  readonly effect: Effect;
  readonly with: Template;
  /** The hash of the tool's schemas, where its server may change them. */
  readonly schema?: string;
}

export interface CheckStepPlan extends CallPlanBase {
  readonly kind: 'check';
  readonly value: Template;
}

export interface SetStepPlan extends CallPlanBase {
  readonly kind: 'set';
  readonly value: Template;
}

/** Steps as one. */
export interface GroupStepPlan extends StepPlanBase {
  readonly kind: 'steps';
  readonly body: BlockPlan;
}

/** One of several steps: that of the case whose name is the value of `on`, as text. */
export interface SwitchStepPlan extends StepPlanBase {
  readonly kind: 'switch';
  readonly on: Template;
  /** The id of a case's step is the name of the case. Its `dependsOn` is empty: what it reads, the switch waits for. */
  readonly cases: readonly StepPlan[];
  /** Its id is `default`. Without it a value without a case fails the step with `SWITCH_NO_CASE`. */
  readonly otherCase?: StepPlan;
}

/** Another pipeline, as a run of its own within this one. */
export interface PipelineStepPlan extends StepPlanBase {
  readonly kind: 'pipeline';
  readonly plan: Plan;
  /** By input of that pipeline. */
  readonly with: Readonly<Record<string, Template>>;
}

/** Asks people. Its output is `{ choice, edited, answer, by, at, comment }`. */
export interface ApproveStepPlan extends StepPlanBase, ApprovalPlan {
  readonly kind: 'approve';
}

/** Waits for a time or for an event. Its output is the payload of the event, or null. */
export interface WaitStepPlan extends StepPlanBase {
  readonly kind: 'wait';
  readonly wait: WaitPlan;
}

/** Fails with `STEP_REFUSED` and a reason. */
export interface FailStepPlan extends StepPlanBase {
  readonly kind: 'fail';
  readonly reason: Template;
}

export type StepPlan =
  | ModelStepPlan
  | ToolStepPlan
  | CheckStepPlan
  | SetStepPlan
  | GroupStepPlan
  | SwitchStepPlan
  | PipelineStepPlan
  | ApproveStepPlan
  | WaitStepPlan
  | FailStepPlan;
export type StepKind = StepPlan['kind'];

export interface InputPlan {
  /** Of a file or of files: what stands for them in expressions, `{ path, name, bytes, sha256, media_type }` or a list of these. */
  readonly schema: JsonSchema;
  /** Absent: the input is a value. */
  readonly files?: 'file' | 'files';
  readonly isRequired: boolean;
  /** What stands in when none is given; null for an optional input without a default. */
  readonly default: Json;
  readonly description?: string;
}

/** What a run may spend, in nano-dollars and tokens; an absent one is not limited. */
export interface BudgetPlan {
  readonly nanoUsd?: number;
  readonly tokens?: number;
  /** `ask`: the run waits until somebody tops it up. */
  readonly onExceeded: 'ask' | 'fail';
}

/** When a pipeline runs by itself. */
export interface SchedulePlan {
  /** Each with five fields. */
  readonly cron: readonly string[];
  /** An IANA name. */
  readonly timezone: string;
  /** What to do when the run before has not ended. */
  readonly overlap: 'skip' | 'buffer_one' | 'buffer_all' | 'cancel_other' | 'allow_all';
  /** Runs that were missed while the server was away are made up for when they are no older than this. */
  readonly catchupMs: number;
  /** The inputs of such a run. */
  readonly with: Readonly<Record<string, Json>>;
}

/** What will run: JSON, hashed, never changed. */
export interface Plan {
  readonly planVersion: number;
  /** sha256 (hex) of the canonical JSON of everything else in the plan. */
  readonly hash: string;
  /** The evaluator that checked the expressions; another one could break replay. */
  readonly expressionVersion: string;
  readonly pipeline: {
    readonly name: string;
    readonly description?: string;
    readonly version?: string;
    readonly tags: readonly string[];
  };
  readonly inputs: Readonly<Record<string, InputPlan>>;
  readonly vars: Readonly<Record<string, Json>>;
  /** In an order in which each step comes after all that it depends on. */
  readonly steps: readonly StepPlan[];
  readonly outputs: Readonly<Record<string, Template>>;
  readonly limits: {
    /** Steps of one run at a time. */
    readonly concurrency: number;
    /** Of the whole run, in milliseconds; absent means none. */
    readonly timeoutMs?: number;
    readonly budget?: BudgetPlan;
  };
  readonly schedule?: SchedulePlan;
  /** Tools and checks that are not built in, those of the pipelines inside included: a worker that lacks one refuses the run. */
  readonly needs?: { readonly tools: readonly string[]; readonly checks: readonly string[] };
}
