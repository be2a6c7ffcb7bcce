import { PipelineError } from '../errors.ts';
import { plainInput, plainMap, plainValue } from './builder/plain.ts';
import { type Secret, refTo, refsIn } from './builder/references.ts';
import type { Exactly, Frame, OutputOf, PipelineHead, Scope, StepInput } from './builder/step-types.ts';
import type { InputValues, ValueInput, ValueOf } from './builder/value-types.ts';
import type { Json, JsonObject } from './json.ts';
import type { PipelineSpec } from './spec.ts';

export { expr, typed, type Expr, type Ref, type Secret } from './builder/references.ts';

/** A pipeline while it is built. Every call gives a new one; nothing is changed. */
export interface PipelineBuilder<F extends Frame, Steps extends object> {
  /** Adds a step. It may read the inputs, the vars, and the steps that were added before it. */
  step<const Id extends string, const S extends StepInput<F, Steps>>(
    id: Id extends keyof Steps ? never : Id,
    make: (scope: Scope<F, Steps>) => Exactly<S>,
  ): PipelineBuilder<F, Steps & Record<Id, OutputOf<S>>>;
  /** Says what a run gives back, and ends the building: the same object that a YAML file stands for. */
  outputs(make: (scope: Scope<F, Steps>) => { readonly [name: string]: ValueInput }): PipelineSpec;
  /** Ends the building of a pipeline that gives nothing back. */
  spec(): PipelineSpec;
}

interface FrameOf<H extends PipelineHead> extends Frame {
  readonly inputs: InputValues<H['inputs']>;
  readonly vars: H['vars'] extends object ? { readonly [Name in keyof H['vars']]: ValueOf<H['vars'][Name]> } : object;
  readonly models: H['models'] extends object ? keyof H['models'] & string : never;
}

/**
 * Begins a pipeline in TypeScript. References are typed: a step that reads what is not there, or a condition that is
 * not true or false, does not compile. The result is for `validate`, `startRun` and `makePlan`, which check the rest.
 */
export function pipeline<const H extends PipelineHead>(head: H): PipelineBuilder<FrameOf<H>, object> {
  const { inputs, ...others } = head;
  const declared = Object.entries(inputs ?? {}).map(([name, input]) => [name, plainInput(input)] as const);
  const frame = plainMap(others as { readonly [key: string]: ValueInput });
  return builder(inputs === undefined ? frame : { ...frame, inputs: Object.fromEntries(declared) }, new Map());
}

/** The name of a secret: `{ authorization: `Bearer ${secret('TRACKER_TOKEN')}` }` in what is given to a tool. */
export function secret(name: string): Secret {
  return refsIn<Record<string, Secret>>('secrets')[name] as Secret;
}

const SCOPE: Scope<Frame, object> = {
  inputs: refsIn('inputs'),
  vars: refsIn('vars'),
  steps: refsIn('steps'),
  run: refsIn('run'),
  output: refTo('output'),
};

function builder<F extends Frame, Steps extends object>(
  frame: JsonObject,
  steps: ReadonlyMap<string, Json>,
): PipelineBuilder<F, Steps> {
  const scope = SCOPE as Scope<F, Steps>;
  const spec = { ...frame, steps: Object.fromEntries(steps) };
  return {
    step(id: string, make: (of: Scope<F, Steps>) => object) {
      if (steps.has(id))
        throw new PipelineError('KEY_DUPLICATE', `Cannot add the step "${id}": there is one of that id`);
      return builder(frame, new Map([...steps, [id, plainValue(make(scope) as ValueInput)]]));
    },
    outputs: (make) => ({ ...spec, outputs: plainMap(make(scope)) }) as unknown as PipelineSpec,
    spec: () => spec as unknown as PipelineSpec,
  };
}
