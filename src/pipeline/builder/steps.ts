import { PipelineError } from '../../errors.ts';
import type { Json } from '../json.ts';
import { BLOCK, plainMap, plainValue } from './plain.ts';
import { refTo, refsIn } from './references.ts';
import type { ValueInput } from './value-types.ts';

/*
 * What the types of the builder stand for when it runs. The compiler has looked at everything that is handed in here,
 * and `makePlan` looks at what comes out.
 */

/** What is handed to a function that says what a step is: references by their names, `block` and `each`. */
export type AnyScope = Readonly<Record<string, unknown>>;
type ValueMap = Readonly<Record<string, ValueInput>>;
type Make<T> = (scope: AnyScope) => T;

/** The steps of a block by id, as YAML would give them. */
export type Steps = ReadonlyMap<string, Json>;

/** A step to be: `after` says what reads something that the step itself brings. */
export interface NewStep {
  readonly id: string;
  readonly make: Make<ValueMap>;
  readonly after?: Readonly<Record<string, Said | undefined>> | undefined;
}

/** Under its key, or under the keys within it (`wait.match`). */
type Said = Make<ValueInput> | Readonly<Record<string, Make<ValueInput>>>;

/** The steps with one more. `locals` are names that only some places have: items and their numbers. */
export function withStep(steps: Steps, locals: readonly string[], { id, make, after = {} }: NewStep): Steps {
  if (steps.has(id)) throw duplicate(id, 'there is one of that id');
  const step = make(scopeWith(locals));
  const names = 'for_each' in step ? [...locals, ...itemNames(step)] : locals;
  const later = Object.entries(after).flatMap(([key, say]): [string, ValueInput][] => {
    if (say === undefined) return [];
    if (typeof say !== 'function') return [[key, { ...(step[key] as ValueMap), ...partsOf(say, names) }]];
    if (key in step) throw duplicate(id, `it says "${key}" twice`);
    return [[key, say(scopeWith(names))]];
  });
  return new Map([...steps, [id, plainValue({ ...step, ...Object.fromEntries(later) })]]);
}

function duplicate(id: string, is: string): PipelineError {
  return new PipelineError('KEY_DUPLICATE', `Cannot add the step "${id}": ${is}`);
}

function partsOf(parts: Readonly<Record<string, Make<ValueInput>>>, names: readonly string[]): ValueMap {
  const scope = scopeWith([...names, 'event']);
  return Object.fromEntries(Object.entries(parts).map(([key, say]) => [key, say(scope)]));
}

export function scopeWith(locals: readonly string[]): AnyScope {
  const { step } = blockOf(new Map(), locals);
  const block = { step, previous: () => block };
  return {
    ...NAMES,
    ...Object.fromEntries(locals.map((name) => [name, refTo(name)])),
    block,
    each: (head: ValueMap, make: Make<ValueMap>) => ({
      ...head,
      ...make(scopeWith([...locals, ...itemNames(head)])),
    }),
  };
}

const NAMES: AnyScope = {
  inputs: refsIn('inputs'),
  vars: refsIn('vars'),
  steps: refsIn('steps'),
  previous: refsIn('previous'),
  run: refsIn('run'),
  output: refTo('output'),
};

function itemNames({ as = 'item', index = 'index' }: ValueMap): readonly string[] {
  return [as, index] as string[];
}

function blockOf(steps: Steps, locals: readonly string[]) {
  return {
    get [BLOCK]() {
      return { steps: Object.fromEntries(steps) };
    },
    step: (id: string, make: NewStep['make'], after?: NewStep['after']) =>
      blockOf(withStep(steps, locals, { id, make, after }), locals),
    outputs: (make: Make<ValueMap>) => ({
      [BLOCK]: { steps: Object.fromEntries(steps), outputs: plainMap(make(scopeWith(locals))) },
    }),
  };
}
