import type { ItemPlace, ItemsStep } from './each-types.ts';
import type { ApprovalEvent, BodyOf, EventOf, HandlerOutput, KindOutput, SelfFacts } from './output-types.ts';
import type { Ref } from './references.ts';
import type { OnErrorRules, Only, Rules } from './rules-types.ts';
import type { Place, Scope, WithSteps } from './scope-types.ts';
import type { CheckList, ConditionInput, NotifyInput, RepeatInput, SaveToInput } from './step-types.ts';
import type { Block } from './steps-types.ts';

/**
 * What is said of a step and reads what the step itself brings: its output, its error, its event. Each stands in the
 * step under the same key, and is a function here of what may be read there.
 */
export type After<P extends Place, Own, Id extends string, S, E, C, R> = AfterOf<
  ItemPlaceOf<P, S>,
  Own,
  Id,
  BodyOf<S>,
  E,
  C,
  R
>;

/** `P` is where one item of the step is made. */
interface AfterOf<P extends Place, Own, Id extends string, S, E, C, R> {
  /** `output` is what the step gave. */
  readonly checks?: (scope: Scope<P, Own, Id, KindOutput<S>>) => CheckList;
  /** `until` reads the round that just ended: of a group the steps in it, else the step itself. */
  readonly repeat?: (scope: Scope<Ended<P, Id, S, E>, Own, Id>) => R & NoInfer<Only<R, keyof RepeatInput>>;
  /** `steps.<id>.error` tells why the step failed. */
  readonly on_error?: (scope: Scope<WithSelf<P, Id, S, null>, Own, Id>) => E & NoInfer<OnErrorRules<E>>;
  /** `steps.<id>.output` is what the step gave. */
  readonly compensate?: (scope: Scope<Done<P, Id, S>, Own, Id>) => C & NoInfer<Rules<C>>;
  /** `steps.<id>.output` is what the step gave. */
  readonly save_to?: (scope: Scope<Done<P, Id, S>, Own, Id>) => SaveToInput;
  /** `event` is what an event brings. */
  readonly wait?: { readonly match: (scope: WithEvent<P, Own, Id, EventOf<S>>) => ConditionInput & ForEvents<S> };
  /** `event` is what happens to the approval. */
  readonly approve?: {
    readonly notify: (scope: WithEvent<P, Own, Id, ApprovalEvent<S>>) => NotifyInput & ForPeople<S>;
  };
}

type WithEvent<P extends Place, Own, Id extends string, Event> = Scope<P, Own, Id> & { readonly event: Ref<Event> };

// The functions themselves stand under no condition: the compiler could not tell what they are given.
type ForEvents<S> = S extends { readonly wait: { readonly event: string } } ? unknown : never;
type ForPeople<S> = S extends { readonly approve: unknown } ? unknown : never;

type ItemPlaceOf<P extends Place, S> = S extends ItemsStep<infer Head, unknown> ? ItemPlace<P, Head> : P;
type WithSelf<P extends Place, Id extends string, S, Output> = WithSteps<P, Record<Id, SelfFacts<S, Output>>>;
type Done<P extends Place, Id extends string, S> = WithSelf<P, Id, S, KindOutput<S>>;

type Ended<P extends Place, Id extends string, S, E> = S extends {
  readonly steps: Block<infer Inner, unknown, unknown>;
}
  ? WithSteps<P, Inner>
  : WithSelf<P, Id, S, KindOutput<S> | HandlerOutput<E>>;
