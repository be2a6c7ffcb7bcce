import type { HostFunctions } from '../expression-host.ts';
import type { Json } from '../json.ts';
import type { Code } from '../plan.ts';
import { type Meter, fail } from './meter.ts';
import { Missing, type Value, kindOf } from './value.ts';

/** What one part of an expression is evaluated with. */
export interface Frame {
  readonly values: Readonly<Record<string, Json>>;
  readonly host: HostFunctions | undefined;
  readonly meter: Meter;
  readonly local: Local | undefined;
  readonly run: (code: Code, frame: Frame) => Value | Missing;
}

/** A loop variable, and those around it. */
export interface Local {
  readonly name: Code | undefined;
  value: Value;
  readonly outer: Local | undefined;
}

/** What an operator does with its operands; the first item of `code` is its name. */
export type Operator = (code: readonly Code[], frame: Frame) => Value | Missing;

/** The operand at a place of `code`; one that is left out is null, which the compiler rules out. */
export function operand(code: readonly Code[], index: number, frame: Frame): Value | Missing {
  return frame.run(code[index] ?? null, frame);
}

/** The same where a value is needed. */
export function valueOf(code: readonly Code[], index: number, frame: Frame): Value {
  const value = operand(code, index, frame);
  return value instanceof Missing ? fail(value.reason) : value;
}

export function truthOf(code: readonly Code[], index: number, frame: Frame): boolean {
  const value = valueOf(code, index, frame);
  return typeof value === 'boolean' ? value : fail(`a condition must be true or false, and it is ${kindOf(value)}`);
}
