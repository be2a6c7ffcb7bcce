import { PipelineError } from '../errors.ts';
import type { HostFunctions } from './expression-host.ts';
import { OPERATORS } from './expression/operators.ts';
import type { Frame } from './expression/frame.ts';
import { EVALUATION_CHARS_MAX, Meter, exceed } from './expression/meter.ts';
import { type Missing, type Value, fromJson, sizeOf, toJson } from './expression/value.ts';
import { valueOf } from './expression/frame.ts';
import type { Json } from './json.ts';
import type { Code, Expression } from './plan.ts';

/** What read the expressions of a plan. It is recorded in the plan. */
export const EXPRESSION_VERSION = '@marcbachmann/cel-js@8.0.0';

/**
 * The value of a checked expression. Pure and bounded: equal values give equal results, and no expression runs long.
 * Throws `EXPRESSION_FAILED` or `EXPRESSION_LIMIT`. Without `host`, an expression that needs it fails.
 */
export function evaluateExpression(
  expression: Expression,
  values: Readonly<Record<string, Json>>,
  host?: HostFunctions,
): Json {
  try {
    const frame = { values, host, meter: new Meter(), local: undefined, run };
    const result = toJson(valueOf([expression.code], 0, frame));
    if (!isPlainRead(expression.code)) refuseHuge(result, values);
    return result;
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error;
    throw new PipelineError(error.code, `Cannot evaluate "${shown(expression.source)}": ${error.message}`);
  }
}

function run(code: Code, frame: Frame): Value | Missing {
  frame.meter.spend(1);
  if (code === null || typeof code !== 'object') return fromJson(code);
  const operator = OPERATORS.get(code[0]);
  if (operator === undefined)
    throw new PipelineError('INTERNAL', `the plan holds "${String(code[0])}", which is no operator`);
  return operator(code, frame);
}

const SOURCE_SHOWN_CHARS = 120;

function shown(source: string): string {
  const line = source.trim().replace(/\s+/g, ' ');
  return line.length <= SOURCE_SHOWN_CHARS ? line : `${line.slice(0, SOURCE_SHOWN_CHARS)}…`;
}

/** Whether a result is a part of what was read, which may be as large as it is. */
function isPlainRead(code: Code | undefined): boolean {
  if (typeof code !== 'object' || code === null) return true;
  return code[0] === 'read' || ((code[0] === 'get' || code[0] === 'double') && isPlainRead(code[1]));
}

/** Few steps can repeat what was read many times over; picking from it makes nothing that is larger. */
function refuseHuge(result: Json, values: Readonly<Record<string, Json>>): void {
  if (sizeOf(result, EVALUATION_CHARS_MAX) < EVALUATION_CHARS_MAX) return;
  const charsMax = EVALUATION_CHARS_MAX + sizeOf(values, Infinity);
  if (sizeOf(result, charsMax) >= charsMax) exceed(`it builds a value of more than ${charsMax} characters`);
}
