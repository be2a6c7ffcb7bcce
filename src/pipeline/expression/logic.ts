import { PipelineError } from '../../errors.ts';
import type { Json } from '../json.ts';
import type { Code } from '../plan.ts';
import { type Frame, type Local, type Operator, operand, truthOf, valueOf } from './frame.ts';
import { fail } from './meter.ts';
import { type Value, fromJson, isJsonList, isJsonObject, keysOf, kindOf, toJson } from './value.ts';

/** What absorbing a failed operand costs, in nodes. */
const FAILURE_NODES = 10;

/** Conditions, and going through lists and maps: `[loop, items, variable, …]`. */
export const LOGIC: Readonly<Record<string, Operator>> = {
  '!': (code, frame) => !truthOf(code, 1, frame),
  '&&': (code, frame) => firstToBe(false, [1, 2], (index) => attempt(code, index, frame)),
  '||': (code, frame) => firstToBe(true, [1, 2], (index) => attempt(code, index, frame)),
  '?': (code, frame) => operand(code, truthOf(code, 1, frame) ? 2 : 3, frame),
  map,
  filter: (code, frame) => itemsThat(code, frame),
  all: (code, frame) => quantify(false, code, frame),
  exists: (code, frame) => quantify(true, code, frame),
  exists_one: (code, frame) => itemsThat(code, frame).length === 1,
};

/** Whether the operand holds, or the error that kept it from saying so. */
function attempt(code: readonly Code[], index: number, frame: Frame): boolean | PipelineError {
  try {
    return truthOf(code, index, frame);
  } catch (error) {
    if (!(error instanceof PipelineError) || error.code !== 'EXPRESSION_FAILED') throw error;
    frame.meter.spend(FAILURE_NODES);
    return error;
  }
}

/** CEL's rule: an operand that decides does so whatever becomes of the others, so that `failure && false` is false. */
function firstToBe<T>(
  decisive: boolean,
  operands: readonly T[],
  ask: (operand: T) => boolean | PipelineError,
): boolean {
  let failure: PipelineError | undefined;
  for (const each of operands) {
    const answer = ask(each);
    if (answer === decisive) return decisive;
    if (answer instanceof PipelineError) failure ??= answer;
  }
  if (failure !== undefined) throw failure;
  return !decisive;
}

function quantify(decisive: boolean, code: readonly Code[], frame: Frame): boolean {
  const { items, within } = loop(code, frame);
  return firstToBe(decisive, items, (item) => attempt(code, 3, within(item)));
}

function map(code: readonly Code[], frame: Frame): Value {
  const { items, within } = loop(code, frame);
  const results: Json[] = [];
  for (const item of items) {
    const inner = within(item);
    if (code[3] === null || truthOf(code, 3, inner)) results.push(toJson(valueOf(code, 4, inner)));
  }
  return results;
}

function itemsThat(code: readonly Code[], frame: Frame): readonly Json[] {
  const { items, within } = loop(code, frame);
  return items.filter((item) => truthOf(code, 3, within(item)));
}

/** What a loop goes through, and the frame in which its body sees one item. */
function loop(code: readonly Code[], frame: Frame): { items: readonly Json[]; within: (item: Json) => Frame } {
  const over = valueOf(code, 1, frame);
  if (!isJsonList(over) && !isJsonObject(over)) {
    return fail(`only a list or a map has items to go through, and this is ${kindOf(over)}`);
  }
  const local: Local = { name: code[2], value: null, outer: frame.local };
  const inner = { ...frame, local };
  const within = (item: Json): Frame => {
    local.value = fromJson(item);
    return inner;
  };
  return { items: isJsonList(over) ? over : keysOf(over, frame.meter), within };
}
