import type { After } from './builder/after-types.ts';
import type { Facts } from './builder/output-types.ts';
import type { BuiltPipeline, HeadRules, PipelineHead } from './builder/pipeline-types.ts';
import { plainInput, plainMap } from './builder/plain.ts';
import { type Secret, refsIn } from './builder/references.ts';
import type { Rules } from './builder/rules-types.ts';
import type { Frame, Scope, Top } from './builder/scope-types.ts';
import type { OnErrorInput, RepeatInput, StepInput, ValueMap } from './builder/step-types.ts';
import { type NewStep, type Steps, scopeWith, withStep } from './builder/steps.ts';
import type { InputValues, ValueOf } from './builder/value-types.ts';
import type { JsonObject } from './json.ts';

export type { BuiltPipeline } from './builder/pipeline-types.ts';
export { expr, typed, type Expr, type Ref, type Secret } from './builder/references.ts';

/** A pipeline while it is built. Every call gives a new one; nothing is changed. */
export interface PipelineBuilder<F extends Frame, Own extends object> {
  /**
   * Adds a step. `make` says what it does; it may read the inputs, the vars, and the steps that were added before it.
   * What reads the step itself stands in `after`, as functions under the same keys:
   * `{ save_to: ({ steps }) => ({ path: 'reply.md', value: steps.draft.output }) }`.
   */
  step<
    const Id extends string,
    const S extends StepInput<F['models'], keyof Own>,
    const E extends OnErrorInput = 'fail',
    const C extends StepInput<F['models'], never> = never,
    const R extends RepeatInput = never,
  >(
    id: Id extends keyof Own ? never : Id,
    make: (scope: Scope<Top<F>, Own, Id>) => S & NoInfer<Rules<S>>,
    after?: After<Top<F>, Own, Id, S, E, C, R>,
  ): PipelineBuilder<F, Own & Record<Id, Facts<S, E, R>>>;
  /** Says what a run gives back, and ends the building: the same object that a YAML file stands for. */
  outputs<const O extends ValueMap>(
    make: (scope: Scope<Top<F>, Own, never>) => O,
  ): BuiltPipeline<SchemasOf<F>, ValueOf<O>>;
  /** Ends the building of a pipeline that gives nothing back. */
  spec(): BuiltPipeline<SchemasOf<F>, object>;
}

interface FrameOf<H extends PipelineHead> extends Frame {
  readonly inputs: InputValues<H['inputs']>;
  readonly vars: H['vars'] extends object ? ValueOf<H['vars']> : object;
  readonly models: H['models'] extends object ? keyof H['models'] & string : never;
  readonly schemas: H['inputs'] extends object ? H['inputs'] : object;
}

type SchemasOf<F> = F extends { readonly schemas: infer Schemas } ? Schemas : unknown;

/**
 * Begins a pipeline in TypeScript. References are typed: a step that reads what is not there, or a condition that is
 * not true or false, does not compile. The result is for `validate`, `startRun` and `makePlan`, which check the rest,
 * or for the `pipeline` of a step of another one.
 */
export function pipeline<const H extends PipelineHead>(
  head: H & NoInfer<HeadRules<H>>,
): PipelineBuilder<FrameOf<H>, object> {
  const { inputs, ...others } = head as PipelineHead;
  const declared = Object.entries(inputs ?? {}).map(([name, input]) => [name, plainInput(input)] as const);
  const frame = plainMap(others);
  return builder(inputs === undefined ? frame : { ...frame, inputs: Object.fromEntries(declared) }, new Map());
}

/** The name of a secret: `{ authorization: `Bearer ${secret('TRACKER_TOKEN')}` }` in what is given to a tool. */
export function secret(name: string): Secret {
  return refsIn<Record<string, Secret>>('secrets')[name] as Secret;
}

function builder<F extends Frame, Own extends object>(frame: JsonObject, steps: Steps): PipelineBuilder<F, Own> {
  const spec = () => ({ ...frame, steps: Object.fromEntries(steps) });
  const untyped = {
    step: (id: string, make: NewStep['make'], after?: NewStep['after']) =>
      builder(frame, withStep(steps, [], { id, make, after })),
    outputs: (make: (scope: ReturnType<typeof scopeWith>) => ValueMap) => ({
      ...spec(),
      outputs: plainMap(make(scopeWith([]))),
    }),
    spec,
  };
  return untyped as unknown as PipelineBuilder<F, Own>;
}
