import type { PipelineSpec } from '../spec.ts';
import type { ModelSpec } from '../spec/model.ts';
import type { ScheduleSpec } from '../spec/schedule.ts';
import type { Expr } from './references.ts';
import type { Only, OnlyUnder } from './rules-types.ts';
import type { Accepted, InputValue, SchemaInput, ValueInput } from './value-types.ts';

/** Everything of a pipeline but its steps and outputs. */
export interface PipelineHead extends Omit<PipelineSpec, 'inputs' | 'vars' | 'steps' | 'outputs'> {
  readonly inputs?: { readonly [name: string]: SchemaInput };
  readonly vars?: { readonly [name: string]: ValueInput };
}

/** No key but those of the language, and in a schedule the inputs that its runs need. */
export type HeadRules<H extends PipelineHead> = Only<H, keyof PipelineHead> &
  OnlyUnder<H, 'budget', keyof NonNullable<PipelineHead['budget']>> &
  (H extends { readonly models: infer Models } ? { readonly models: ModelRules<Models> } : unknown) &
  (H extends { readonly schedule: infer Schedule }
    ? { readonly schedule: Only<Schedule, keyof ScheduleSpec> & GivenAs<'with', Schedule, H['inputs']> }
    : unknown);

type ModelRules<Models> = {
  readonly [Name in keyof Models]: Models[Name] extends string
    ? unknown
    : Only<Models[Name], keyof Settings> & OnlyUnder<Models[Name], 'require', keyof NonNullable<Settings['require']>>;
};

type Settings = Exclude<ModelSpec, string>;

declare const BUILT: unique symbol;

/** A pipeline that is built: for `validate` and `startRun`, or the `pipeline` of a step of another one. */
export interface BuiltPipeline<Inputs, Outputs> extends PipelineSpec {
  /** Never there: it carries the schemas of what the pipeline takes, and the types of what it gives. */
  readonly [BUILT]?: { readonly inputs: Inputs; readonly outputs: Outputs };
}

/** What has to stand under `with` where inputs of these schemas are given. */
export type GivenAs<Key extends string, T, Inputs> = (T extends Readonly<Record<Key, infer Values>>
  ? Readonly<Record<Key, Only<Values, keyof Inputs>>>
  : unknown) &
  ([RequiredName<Inputs>] extends [never]
    ? { readonly [Name in Key]?: GivenFor<Inputs> }
    : { readonly [Name in Key]: GivenFor<Inputs> });

type GivenFor<Inputs> = { readonly [Name in RequiredName<Inputs>]: GivenInput<Inputs[Name]> } & {
  readonly [Name in Exclude<keyof Inputs, RequiredName<Inputs>>]?: GivenInput<Inputs[Name]>;
};

type RequiredName<Inputs> = {
  [Name in keyof Inputs]: IsOptional<Inputs[Name]> extends true ? never : Name;
}[keyof Inputs];

type IsOptional<S> = S extends { readonly _zod: { readonly input: infer Input } }
  ? undefined extends Input
    ? true
    : false
  : S extends { readonly default: unknown } | { readonly optional: true }
    ? true
    : false;

/** Null stands for an optional input that is not given. */
type GivenInput<S> = Given<Exclude<Accepted<S>, undefined> | Extract<InputValue<S>, null>>;

/** A value of a type, or an expression that gives one, at any depth. */
type Given<T> = Expr<T> | (unknown extends T ? ValueInput : GivenPart<T>);

type GivenPart<T> = T extends readonly (infer Item)[]
  ? readonly Given<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Given<T[Key]> }
    : T;
