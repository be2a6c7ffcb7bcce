import { PipelineError } from '../../errors.ts';
import type { Call, Implementation } from './call.ts';
import { CONVERSIONS } from './convert.ts';
import { LIST_FUNCTIONS } from './list.ts';
import { TEXT_FUNCTIONS } from './text.ts';
import { TIME_FUNCTIONS } from './time.ts';
import type { Value } from './value.ts';

/** The closed list of functions; what decides itself which operands are evaluated (`has`, `map` …) is an operator. */
const FUNCTIONS: ReadonlyMap<string, Implementation> = new Map(
  [CONVERSIONS, TEXT_FUNCTIONS, LIST_FUNCTIONS, TIME_FUNCTIONS].flatMap((group) => Object.entries(group)),
);

/** The names of the functions, sorted. */
export function functionNames(): readonly string[] {
  return [...FUNCTIONS.keys()].toSorted();
}

/** Calls a function of the closed list. */
export function callFunction(call: Call): Value {
  const implementation = FUNCTIONS.get(call.name);
  if (implementation === undefined)
    throw new PipelineError('INTERNAL', `the plan calls "${call.name}", which is no function`);
  return implementation(call);
}
