import { PipelineError } from '../errors.ts';
import { add, divide, multiply, negate, remainder, subtract } from './expression-arithmetic.ts';
import type { HostFunctions } from './expression-call.ts';
import { callFunction } from './expression-functions.ts';
import {
  EVALUATION_CHARS_MAX,
  Meter,
  Missing,
  Optional,
  type Value,
  compare,
  fail,
  fromJson,
  isEqual,
  isJsonList,
  isJsonObject,
  jsonToText,
  kindOf,
  sizeOf,
  toJson,
} from './expression-value.ts';
import type { Json } from './json.ts';
import type { Code, Expression } from './plan.ts';

/** What read and checked the expressions of a plan. It is recorded in the plan. */
export const EXPRESSION_VERSION = '@marcbachmann/cel-js@8.0.0';

/** What absorbing a failed operand costs, in nodes. */
const FAILURE_NODES = 10;
const SOURCE_SHOWN_CHARS = 120;

interface Frame {
  readonly values: Readonly<Record<string, Json>>;
  readonly host: HostFunctions | undefined;
  readonly meter: Meter;
  readonly local: Local | undefined;
}

/** A loop variable, and those around it. */
interface Local {
  readonly name: Code | undefined;
  value: Value;
  readonly outer: Local | undefined;
}

type Operator = (code: readonly Code[], frame: Frame) => Value | Missing;

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
    const result = toJson(valueOf(expression.code, { values, host, meter: new Meter(), local: undefined }));
    if (!isPlainRead(expression.code)) refuseHuge(result, values);
    return result;
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error;
    throw new PipelineError(error.code, `Cannot evaluate "${shown(expression.source)}": ${error.message}`);
  }
}

function shown(source: string): string {
  const line = source.trim().replace(/\s+/g, ' ');
  return line.length <= SOURCE_SHOWN_CHARS ? line : `${line.slice(0, SOURCE_SHOWN_CHARS)}…`;
}

function isPlainRead(code: Code): boolean {
  return (
    typeof code !== 'object' || code === null || code[0] === 'read' || (code[0] === 'get' && isPlainRead(code[1]!))
  );
}

/** A result may repeat what it read many times over, without many steps; it may pick from it, however large it is. */
function refuseHuge(result: Json, values: Readonly<Record<string, Json>>): void {
  if (sizeOf(result, EVALUATION_CHARS_MAX) < EVALUATION_CHARS_MAX) return;
  const charsMax = EVALUATION_CHARS_MAX + sizeOf(values, Infinity);
  if (sizeOf(result, charsMax) >= charsMax) {
    throw new PipelineError('EXPRESSION_LIMIT', `it builds a value of more than ${charsMax} characters`);
  }
}

function run(code: Code, frame: Frame): Value | Missing {
  frame.meter.spend(1);
  if (typeof code === 'number') return fromJson(code);
  if (typeof code !== 'object' || code === null) return code;
  const operator = OPERATORS.get(String(code[0]));
  if (operator === undefined)
    throw new PipelineError('INTERNAL', `the plan holds an unknown operator "${String(code[0])}"`);
  return operator(code, frame);
}

function valueOf(code: Code | undefined, frame: Frame): Value {
  const value = run(code as Code, frame);
  return value instanceof Missing ? fail(value.reason) : value;
}

function truth(value: Value): boolean {
  return typeof value === 'boolean' ? value : fail(`a condition must be true or false, and it is ${kindOf(value)}`);
}

const OPERATORS: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ['read', ([, path], { values }) => fromJson(rootValue(path as string, values))],
  ['local', ([, name], { local }) => localValue(name, local)],
  ['get', ([, target, key], frame) => get(run(target!, frame), () => valueOf(key, frame))],
  ['get?', ([, target, key], frame) => getOptional(run(target!, frame), () => valueOf(key, frame))],
  ['double', ([, operand], frame) => asDouble(run(operand!, frame))],
  ['list', ([, ...items], frame) => items.map((item) => toJson(valueOf(item, frame)))],
  ['record', record],
  ['call', callOf],
  ['?', ([, condition, yes, no], frame) => run((truth(valueOf(condition, frame)) ? yes : no) as Code, frame)],
  ['&&', (code, frame) => decide(code, { until: false, frame })],
  ['||', (code, frame) => decide(code, { until: true, frame })],
  ['!', ([, operand], frame) => !truth(valueOf(operand, frame))],
  ['negate', ([, operand], frame) => negate(valueOf(operand, frame))],
  ['==', binary(isEqual)],
  ['!=', binary((left, right, meter) => !isEqual(left, right, meter))],
  ['<', binary((left, right, meter) => compare(left, right, meter) < 0)],
  ['<=', binary((left, right, meter) => compare(left, right, meter) <= 0)],
  ['>', binary((left, right, meter) => compare(left, right, meter) > 0)],
  ['>=', binary((left, right, meter) => compare(left, right, meter) >= 0)],
  ['+', binary(add)],
  ['-', binary(subtract)],
  ['*', binary(multiply)],
  ['/', binary(divide)],
  ['%', binary(remainder)],
  ['in', binary(isIn)],
  ['map', mapItems],
  ['filter', ([, list, name, test], frame) => mapItems(['map', list!, name!, test!, ['local', name!]], frame)],
  ['all', (code, frame) => quantify(code, { until: false, frame })],
  ['exists', (code, frame) => quantify(code, { until: true, frame })],
  ['exists_one', existsOne],
  ['has', ([, operand], frame) => isPresent(run(operand!, frame))],
  ['coalesce', coalesce],
  ['orValue', ([, operand, other], frame) => content(valueOf(operand, frame)) ?? run(other!, frame)],
  ['or', ([, operand, other], frame) => orOptional(valueOf(operand, frame), () => valueOf(other, frame))],
]);

function binary(operate: (left: Value, right: Value, meter: Meter) => Value): Operator {
  return ([, left, right], frame) => operate(valueOf(left, frame), valueOf(right, frame), frame.meter);
}

function rootValue(path: string, values: Readonly<Record<string, Json>>): Json {
  return Object.hasOwn(values, path) ? (values[path] as Json) : fail(`there is no value for "${path}"`);
}

function localValue(name: Code | undefined, local: Local | undefined): Value {
  for (let at = local; at !== undefined; at = at.outer) if (at.name === name) return at.value;
  return fail(`there is no variable "${String(name)}"`);
}

function get(target: Value | Missing, keyOf: () => Value): Value | Missing {
  if (target instanceof Missing) return target;
  if (target instanceof Optional) return target.value === undefined ? target : getOptional(target.value, keyOf);
  const key = keyOf();
  if (target === null) return new Missing(`${named(key)} is read from null`);
  if (isJsonList(target)) return itemOf(target, key);
  if (!isJsonObject(target)) return fail(`${named(key)} is read from ${kindOf(target)}`);
  if (typeof key !== 'string') return fail(`a field's name must be text, and it is ${kindOf(key)}`);
  return Object.hasOwn(target, key) ? fromJson(target[key] as Json) : new Missing(`there is no field ${named(key)}`);
}

function itemOf(list: readonly Json[], key: Value): Value | Missing {
  const index = toJson(key);
  if (typeof index !== 'number') return fail(`a list is read by number, not by ${kindOf(key)}`);
  const found = list[index];
  return found === undefined ? new Missing(`there is no item ${index} in a list of ${list.length}`) : fromJson(found);
}

function named(key: Value): string {
  return typeof key === 'string' ? `"${shown(key)}"` : `item ${jsonToText(toJson(key))}`;
}

function getOptional(target: Value | Missing, keyOf: () => Value): Optional {
  const value = get(target, keyOf);
  if (value instanceof Optional) return value;
  return new Optional(value instanceof Missing ? undefined : value);
}

/** Keeps what its schema calls a `number` a double, though JSON writes 3.0 as 3. */
function asDouble(value: Value | Missing): Value | Missing {
  if (typeof value === 'bigint') return Number(value);
  return value instanceof Optional && typeof value.value === 'bigint' ? new Optional(Number(value.value)) : value;
}

function record([, ...entries]: readonly Code[], frame: Frame): Value {
  const fields = new Map<string, Json>();
  for (let index = 0; index < entries.length; index += 2) {
    const key = valueOf(entries[index], frame);
    if (typeof key !== 'string') return fail(`the keys of a map must be text, and one is ${kindOf(key)}`);
    if (fields.has(key)) return fail(`the key ${named(key)} is there twice`);
    fields.set(key, toJson(valueOf(entries[index + 1], frame)));
  }
  // Defines fields and never assigns them: `__proto__` is a key like any other.
  return Object.fromEntries(fields);
}

function callOf([, name, ...operands]: readonly Code[], frame: Frame): Value {
  const values = operands.map((operand) => valueOf(operand, frame));
  return callFunction({ name: name as string, values, meter: frame.meter, host: frame.host });
}

/** Whether the operand holds, or the error that kept it from saying so. */
function attempt(operand: Code, frame: Frame): boolean | PipelineError {
  try {
    return truth(valueOf(operand, frame));
  } catch (error) {
    // CEL's rule: `false && failure` is false, in either order. A limit is never absorbed.
    if (!(error instanceof PipelineError) || error.code !== 'EXPRESSION_FAILED') throw error;
    frame.meter.spend(FAILURE_NODES);
    return error;
  }
}

function decide([, left, right]: readonly Code[], { until, frame }: { until: boolean; frame: Frame }): boolean {
  const first = attempt(left!, frame);
  if (first === until) return until;
  const second = attempt(right!, frame);
  if (second === until) return until;
  if (typeof first !== 'boolean') throw first;
  if (typeof second !== 'boolean') throw second;
  return !until;
}

/** The frame in which a loop's body runs; `local.value` is set for each item. */
function loop(code: readonly Code[], frame: Frame): { items: readonly Json[]; local: Local; inner: Frame } {
  const over = valueOf(code[1], frame);
  if (!isJsonList(over) && !isJsonObject(over))
    return fail(`only a list or a map has items, and this is ${kindOf(over)}`);
  const local: Local = { name: code[2], value: null, outer: frame.local };
  return { items: isJsonList(over) ? over : Object.keys(over), local, inner: { ...frame, local } };
}

function mapItems(code: readonly Code[], frame: Frame): Value {
  const { items, local, inner } = loop(code, frame);
  const results: Json[] = [];
  for (const each of items) {
    local.value = fromJson(each);
    if (code[3] === null || truth(valueOf(code[3], inner))) results.push(toJson(valueOf(code[4], inner)));
  }
  return results;
}

function quantify(code: readonly Code[], { until, frame }: { until: boolean; frame: Frame }): boolean {
  const { items, local, inner } = loop(code, frame);
  let failure: PipelineError | undefined;
  for (const each of items) {
    local.value = fromJson(each);
    const held = attempt(code[3]!, inner);
    if (held === until) return until;
    if (typeof held !== 'boolean') failure ??= held;
  }
  if (failure !== undefined) throw failure;
  return !until;
}

function existsOne(code: readonly Code[], frame: Frame): boolean {
  const { items, local, inner } = loop(code, frame);
  const holding = items.filter((each) => {
    local.value = fromJson(each);
    return truth(valueOf(code[3], inner));
  });
  return holding.length === 1;
}

function isIn(value: Value, container: Value, meter: Meter): boolean {
  if (isJsonList(container)) return container.some((each) => isEqual(value, fromJson(each), meter));
  if (isJsonObject(container)) return typeof value === 'string' && Object.hasOwn(container, value);
  return fail(`"in" looks into a list or a map, and this is ${kindOf(container)}`);
}

function isPresent(value: Value | Missing): value is Value {
  if (value instanceof Optional) return value.value !== undefined && isPresent(value.value);
  return value !== null && !(value instanceof Missing);
}

function coalesce([, ...operands]: readonly Code[], frame: Frame): Value {
  for (const operand of operands) {
    const value = run(operand, frame);
    if (isPresent(value)) return value instanceof Optional ? content(value)! : value;
  }
  return null;
}

function content(value: Value): Value | undefined {
  return value instanceof Optional
    ? value.value
    : fail(`only an optional value has orValue(), and this is ${kindOf(value)}`);
}

function orOptional(value: Value, other: () => Value): Value {
  return content(value) === undefined ? other() : value;
}
