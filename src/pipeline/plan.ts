import type { Json, JsonSchema } from './json.ts';

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
export type Effect = 'pure' | 'reads' | 'idempotent' | 'once';

/** How often and how fast a failed attempt is repeated. `attempts` counts the first one. */
export interface RetryPlan {
  readonly attempts: number;
  readonly backoffMs: number;
  readonly maxBackoffMs: number;
}

/** One model that a step may use, in order of preference. */
export interface ModelCandidate {
  readonly provider: string;
  readonly model: string;
  /** False: its calls cost nothing. */
  readonly isPaid: boolean;
}

export interface CheckPlan {
  readonly check: string;
  readonly options: Template;
}

interface StepPlanBase {
  readonly id: string;
  readonly description?: string;
  /** Every step that must have settled before this one starts. */
  readonly dependsOn: readonly string[];
  /** Those of `dependsOn` that may end in any way: only their status or error is read. */
  readonly tolerates: readonly string[];
  readonly condition?: Expression;
  /** The output when the condition is false; without it the step is skipped. */
  readonly otherwise?: Template;
  readonly checks: readonly CheckPlan[];
  readonly retry: RetryPlan;
  /** Of one attempt, in milliseconds. */
  readonly timeoutMs: number;
  readonly onError: { readonly kind: 'fail' } | { readonly kind: 'continue' };
}

export interface ModelStepPlan extends StepPlanBase {
  readonly kind: 'model';
  readonly candidates: readonly ModelCandidate[];
  readonly system?: Template;
  readonly prompt: Template;
  /** The JSON Schema of a structured answer; without it the answer is text. May hold expressions in `enum`. */
  readonly output?: Template;
  readonly temperature?: number;
  readonly maxOutputTokens: number;
}

export interface ToolStepPlan extends StepPlanBase {
  readonly kind: 'tool';
  readonly tool: string;
  readonly effect: Effect;
  readonly with: Template;
}

export interface CheckStepPlan extends StepPlanBase {
  readonly kind: 'check';
  readonly value: Template;
}

export interface SetStepPlan extends StepPlanBase {
  readonly kind: 'set';
  readonly value: Template;
}

export type StepPlan = ModelStepPlan | ToolStepPlan | CheckStepPlan | SetStepPlan;
export type StepKind = StepPlan['kind'];

export interface InputPlan {
  readonly schema: JsonSchema;
  readonly isRequired: boolean;
  /** What stands in when none is given; null for an optional input without a default. */
  readonly default: Json;
  readonly description?: string;
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
  };
}
