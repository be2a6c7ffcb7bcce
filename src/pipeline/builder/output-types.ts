import type { ItemsStep } from './each-types.ts';
import type { BuiltPipeline } from './pipeline-types.ts';
import type { StepErrorValue, StepStatus, UsageValue } from './scope-types.ts';
import type { Block } from './steps-types.ts';
import type { Accepted, ToolOutputs, ValueOf } from './value-types.ts';

/** What can be read of a step besides what every step has. `E` is its `on_error`, `R` its `repeat`, where they stand apart. */
export type Facts<S, E, R> = [ItemsStep<unknown, unknown>] extends [S] ? OfFaulty : FactsOf<S, E, R>;

/** Of a step that does not compile the compiler knows only that it is one; what reads it is not to be blamed. */
interface OfFaulty {
  readonly output: unknown;
}

type FactsOf<S, E, R> =
  S extends ItemsStep<infer Head, infer Body>
    ? { readonly output: ItemsOutput<Head, Body, OneOutput<Body> | HandlerOutput<E>>; readonly items: ItemFacts[] }
    : { readonly output: Known<OutputOf<S> | HandlerOutput<E>> } & OwnFacts<S, R>;

/** What can be read of a step by what belongs to it: of one item, when it has some. */
export type SelfFacts<S, Output> = { readonly output: Known<Output> } & OwnFacts<S, 1>;

export type BodyOf<S> = S extends ItemsStep<unknown, infer Body> ? Body : S;

interface ItemFacts {
  status: StepStatus;
  error: StepErrorValue;
  usage: UsageValue;
}

type OwnFacts<S, R> = (S extends { readonly cases: infer Cases }
  ? {
      readonly case:
        `${Extract<keyof Cases, string | number>}` | (S extends { readonly default: unknown } ? 'default' : never);
    }
  : unknown) &
  ([R] extends [never] ? (S extends { readonly repeat: unknown } ? RoundFacts : unknown) : RoundFacts);

interface RoundFacts {
  readonly rounds: number;
  readonly stopped: 'until' | 'max';
}

/** A step that only fails gives nothing. */
type Known<Output> = [Output] extends [never] ? null : Output;

/** What other steps read as the output of a step. */
export type OutputOf<S> =
  S extends ItemsStep<infer Head, infer Body>
    ? ItemsOutput<Head, Body, OneOutput<Body>>
    : OneOutput<S> | (S extends { readonly else: infer Else } ? ValueOf<Else> : never);

/** Of one item, of a step that has some. */
type OneOutput<S> = KindOutput<S> | (S extends { readonly on_error: infer E } ? HandlerOutput<E> : never);

export type HandlerOutput<E> = E extends { readonly value: infer Value }
  ? ValueOf<Value>
  : E extends { readonly steps: Block<unknown, infer Output, unknown> }
    ? Output
    : never;

type ItemsOutput<Head, Body, One> =
  | ItemsBy<Body, Head extends { readonly on_item_error: 'continue' } ? One | null : One>
  | (Head extends { readonly else: infer Else } ? ValueOf<Else> : never);

type ItemsBy<Body, One> = Body extends { readonly key: unknown } ? { [key: string]: One } : One[];

/** What a step gives by itself. */
export type KindOutput<S> = S extends { readonly model: unknown }
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
        : S extends { readonly steps: Block<unknown, infer Output, unknown> }
          ? Output
          : S extends { readonly pipeline: BuiltPipeline<unknown, infer Outputs> }
            ? Outputs
            : WaitingOutput<S>;

type WaitingOutput<S> = S extends { readonly cases: infer Cases }
  ? string extends keyof Cases
    ? unknown
    : OutputOf<Cases[keyof Cases]> | (S extends { readonly default: infer Other } ? OutputOf<Other> : never)
  : S extends { readonly approve: infer Approval }
    ? ApprovalOutput<Approval>
    : S extends { readonly wait: unknown }
      ? WaitOutput<S>
      : never;

export type OptionOf<Approval> = Approval extends { readonly options: readonly (infer Option)[] }
  ? Option
  : 'approve' | 'reject';

interface ApprovalOutput<Approval> {
  choice: OptionOf<Approval>;
  edited: Approval extends { readonly edit: infer Value } ? ValueOf<Value> : null;
  answer: Approval extends { readonly answer: infer Schema } ? Accepted<Schema> | null : null;
  by: string | null;
  at: string;
  comment: string | null;
}

/** What the event brings that a step waits for. */
export type EventOf<S> = S extends { readonly wait: { readonly schema: infer Schema } } ? Accepted<Schema> : unknown;

type WaitOutput<S> = S extends { readonly wait: { readonly event: string } } ? EventOf<S> | OnTimeout<S> : null;

type OnTimeout<S> = S extends { readonly wait: { readonly on_timeout: infer Other } }
  ? Other extends { readonly value: infer Value }
    ? ValueOf<Value>
    : Other extends 'continue'
      ? null
      : never
  : never;

/** What happens to an approval, for those who are told of it. */
export interface ApprovalEvent<S> {
  kind: 'asked' | 'reminded' | 'escalated' | 'answered' | 'timed_out';
  step: string;
  message: string;
  to: string[];
  options: OptionOf<ApprovalOf<S>>[];
  choice: OptionOf<ApprovalOf<S>> | null;
  by: string | null;
}

type ApprovalOf<S> = S extends { readonly approve: infer Approval } ? Approval : never;
