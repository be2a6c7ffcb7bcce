import type { ModelStepSpec } from '../spec/kinds/calls.ts';
import type { PipelineSpec } from '../spec.ts';
import type { Expr, Ref } from './references.ts';
import type { Accepted, SchemaInput, ToolOutputs, ValueInput, ValueOf } from './value-types.ts';

/** What is known of a pipeline before its steps: the types of its inputs and vars, the names of its models. */
export interface Frame {
  readonly inputs: object;
  readonly vars: object;
  readonly models: string;
}

/** What a step may read; `Steps` maps the ids of the steps before it to their outputs. */
export interface Scope<F extends Frame, Steps> {
  readonly inputs: { readonly [Name in keyof F['inputs']]: Ref<F['inputs'][Name]> };
  readonly vars: { readonly [Name in keyof F['vars']]: Ref<F['vars'][Name]> };
  readonly steps: { readonly [Id in keyof Steps]: StepRefs<Steps[Id]> };
  readonly run: { readonly id: Ref<string>; readonly started_at: Ref<string>; readonly cost_usd: Ref<number> };
  /** The output that a check judges. */
  readonly output: Ref<unknown>;
}

export interface StepRefs<Output> {
  readonly output: Ref<Output>;
  readonly status: Ref<'done' | 'failed' | 'skipped' | 'cancelled'>;
  readonly error: Ref<{ code: string; message: string; attempts: number }>;
  readonly model: Ref<string>;
  readonly usage: Ref<{ input_tokens: number; output_tokens: number; cached_input_tokens: number }>;
  readonly cost_usd: Ref<number>;
  readonly attempts: Ref<number>;
  readonly checks: Ref<{ check: string; passed: boolean; score: number; reason: string }[]>;
}

type TextInput = string | Expr<string>;
type ModelName<F extends Frame> = F['models'] | `${string}/${string}`;

/** The keys of any step; `needs` and `if` know the steps and the types, the others are those of the language. */
interface AnyStep<Steps> extends Pick<ModelStepSpec, 'description' | 'retry' | 'timeout' | 'on_error'> {
  readonly needs?: keyof Steps | readonly (keyof Steps)[];
  readonly if?: boolean | string | Expr<boolean>;
  readonly else?: ValueInput;
  readonly checks?: readonly { readonly [check: string]: ValueInput }[];
}

export interface ModelStep<F extends Frame, Steps> extends AnyStep<Steps> {
  readonly model: ModelName<F> | readonly ModelName<F>[];
  readonly prompt: TextInput;
  readonly system?: TextInput;
  readonly output?: SchemaInput;
}

export interface ToolStep<Steps> extends AnyStep<Steps> {
  readonly tool: keyof ToolOutputs | (string & {});
  readonly with?: { readonly [name: string]: ValueInput };
}

export interface CheckStep<Steps> extends AnyStep<Steps> {
  readonly check: { readonly value: ValueInput; readonly [check: string]: ValueInput };
}

export interface SetStep<Steps> extends AnyStep<Steps> {
  readonly set: ValueInput;
}

export type StepInput<F extends Frame, Steps> =
  ModelStep<F, Steps> | ToolStep<Steps> | CheckStep<Steps> | SetStep<Steps>;

/** The step as it was written, with each key that its kind does not have refused. */
export type Exactly<S> = S & { readonly [Key in Exclude<keyof S, KeysOf<S>>]: never };

type KeysOf<S> = S extends { readonly model: unknown }
  ? keyof ModelStep<Frame, unknown>
  : S extends { readonly tool: unknown }
    ? keyof ToolStep<unknown>
    : S extends { readonly check: unknown }
      ? keyof CheckStep<unknown>
      : keyof SetStep<unknown>;

/** What other steps read as the output of a step. */
export type OutputOf<S> = MadeBy<S> | (S extends { readonly else: infer Else } ? ValueOf<Else> : never);

type MadeBy<S> = S extends { readonly model: unknown }
  ? S extends { readonly output: infer Schema }
    ? Accepted<Schema>
    : string
  : S extends { readonly tool: infer Tool }
    ? Tool extends keyof ToolOutputs
      ? ToolOutputs[Tool]
      : unknown
    : S extends { readonly check: { readonly value: infer Value } }
      ? ValueOf<Value>
      : S extends { readonly set: infer Value }
        ? ValueOf<Value>
        : unknown;

/** The frame of a pipeline: everything but its steps and outputs. */
export interface PipelineHead extends Pick<
  PipelineSpec,
  'name' | 'description' | 'version' | 'tags' | 'timeout' | 'concurrency'
> {
  readonly inputs?: { readonly [name: string]: SchemaInput };
  readonly vars?: { readonly [name: string]: ValueInput };
  readonly models?: NonNullable<PipelineSpec['models']>;
}
