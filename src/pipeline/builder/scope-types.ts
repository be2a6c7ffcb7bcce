import type { Each } from './each-types.ts';
import type { Ref } from './references.ts';
import type { FirstSteps } from './steps-types.ts';

/** What is known of a pipeline before its steps: the types of its inputs and vars, the names of its models. */
export interface Frame {
  readonly inputs: object;
  readonly vars: object;
  readonly models: string;
}

/** What is known at a place in a pipeline. */
export interface Place extends Frame {
  /** What can be read of each step around, by id, besides what can be read of every step. */
  readonly steps: object;
  /** Items and their numbers, by name. */
  readonly locals: object;
  /** What the steps of the round before gave, by id. */
  readonly previous: object;
}

interface PlaceOf<F extends Frame, Steps, Locals, Previous> extends Frame {
  readonly inputs: F['inputs'];
  readonly vars: F['vars'];
  readonly models: F['models'];
  readonly steps: Steps;
  readonly locals: Locals;
  readonly previous: Previous;
}

/** Where the steps of the pipeline itself stand. */
export type Top<F extends Frame> = PlaceOf<F, object, object, object>;
export type WithSteps<P extends Place, Steps> = PlaceOf<P, P['steps'] & Steps, P['locals'], P['previous']>;
export type WithLocals<P extends Place, Locals> = PlaceOf<P, P['steps'], P['locals'] & Locals, P['previous']>;
export type WithPrevious<P extends Place, Rounds> = PlaceOf<P, P['steps'], P['locals'], P['previous'] & Rounds>;

/**
 * What a step may read at a place, and what it is built with. `Own` are the steps before it in its block, `Id` is its
 * own id, and `Judged` what a check of it judges.
 */
export type Scope<P extends Place, Own, Id extends string, Judged = unknown> = Names<P, Own, Id, Judged> & {
  readonly [Name in keyof P['locals']]: Ref<P['locals'][Name]>;
};

interface Names<P extends Place, Own, Id extends string, Judged> {
  readonly inputs: { readonly [Name in keyof P['inputs']]: Ref<P['inputs'][Name]> };
  readonly vars: { readonly [Name in keyof P['vars']]: Ref<P['vars'][Name]> };
  /** The steps before this one, and those around. */
  readonly steps: StepsRefs<P['steps'] & Own>;
  /**
   * The round before. Steps of a block are there when it says what they give (`block.previous<…>()`), and a step that
   * is repeated by itself is there under its own id. In the first round all of it is null.
   */
  readonly previous: PreviousRefs<P['previous'] & (Id extends keyof P['previous'] ? object : Record<Id, unknown>)>;
  readonly run: { readonly id: Ref<string>; readonly started_at: Ref<string>; readonly cost_usd: Ref<number> };
  /** The output that a check judges. */
  readonly output: Ref<Judged>;
  /** Begins the steps of a group: `{ steps: block.step(…).step(…).outputs(…) }`. They may read what is read here. */
  readonly block: FirstSteps<WithSteps<P, Own>, object>;
  /** Makes a step for each item of a list: `each({ for_each: inputs.parts, as: 'part' }, ({ part }) => …)`. */
  readonly each: Each<P, Own, Id>;
}

/** Names that no item can have: they mean something here already, or in expressions. */
export type TakenName<P extends Place> =
  keyof Names<Top<Frame>, object, string, unknown> | keyof P['locals'] | 'secrets' | 'event';

type StepsRefs<Steps> = { readonly [Id in keyof Steps]: StepRefs<Steps[Id]> };

/** What can be read of a step. */
export type StepRefs<Facts> = CommonRefs & { readonly [Field in keyof Facts]: Ref<Facts[Field]> };

type CommonRefs = { readonly [Field in keyof CommonFacts]: Ref<CommonFacts[Field]> };

type PreviousRefs<Outputs> = {
  readonly [Id in keyof Outputs]: { readonly output: Ref<Outputs[Id] | null> } & {
    readonly [Field in keyof CommonFacts]: Ref<CommonFacts[Field] | null>;
  };
};

interface CommonFacts {
  status: StepStatus;
  error: StepErrorValue;
  model: string;
  usage: UsageValue;
  cost_usd: number;
  attempts: number;
  checks: VerdictValue[];
}

/** The last three fields are those of judges and of checks for evidence; what is missing is read with `coalesce`. */
export interface VerdictValue {
  check: string;
  passed: boolean;
  score: number;
  reason: string;
  agreement: number | null;
  votes: { model: string; score: number; reason: string }[] | null;
  quotes: { claim: string; quote: string; source: number | null }[] | null;
}

export type StepStatus = 'done' | 'failed' | 'skipped' | 'cancelled';

export interface StepErrorValue {
  code: string;
  message: string;
  attempts: number;
}

export interface UsageValue {
  input_tokens: number;
  output_tokens: number;
  cached_input_tokens: number;
}
