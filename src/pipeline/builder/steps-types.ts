import type { After } from './after-types.ts';
import type { Facts } from './output-types.ts';
import type { BLOCK } from './plain.ts';
import type { Rules } from './rules-types.ts';
import type { Place, Scope, WithPrevious } from './scope-types.ts';
import type { OnErrorInput, RepeatInput, StepInput, ValueMap } from './step-types.ts';
import type { ValueOf } from './value-types.ts';

/** Steps as one: what stands under the `steps` of a step. `Rounds` is what `previous` says of them. */
export interface Block<Own, Output, Rounds> {
  readonly [BLOCK]: {
    /** Never there: it carries the types. */
    readonly types?: { readonly own: Own; readonly output: Output; readonly rounds: Rounds };
  };
}

/** The steps of a block while it is built. Every call gives a new one; nothing is changed. */
export interface BlockBuilder<P extends Place, Own, Rounds> extends Block<Own, OutputsOf<Own>, Rounds> {
  /** Adds a step, as `step` of a pipeline does. */
  step<
    const Id extends string,
    const S extends StepInput<P['models'], keyof Own>,
    const E extends OnErrorInput = 'fail',
    const C extends StepInput<P['models'], never> = never,
    const R extends RepeatInput = never,
  >(
    id: Id extends keyof (P['steps'] & Own) ? never : Id,
    make: (scope: Scope<P, Own, Id>) => S & NoInfer<Rules<S>>,
    after?: After<P, Own, Id, S, E, C, R>,
  ): BlockBuilder<P, Own & Record<Id, Facts<S, E, R>>, Rounds>;
  /** Says what the block gives; without it, it gives a map of the ids of its steps to their outputs. */
  outputs<const O extends ValueMap>(make: (scope: Scope<P, Own, never>) => O): Block<Own, ValueOf<O>, Rounds>;
}

/** A block without a step. */
export interface FirstSteps<P extends Place, Rounds> extends Pick<BlockBuilder<P, object, Rounds>, 'step'> {
  /**
   * Says what steps of this block give, those that are read of the round before: `block.previous<{ review: Review }>()`.
   * The compiler holds the steps to it.
   */
  previous<Outputs extends object>(): FirstSteps<WithPrevious<P, Outputs>, Outputs>;
}

type OutputsOf<Own> = { [Id in keyof Own]: Own[Id] extends { readonly output: infer Output } ? Output : never };
