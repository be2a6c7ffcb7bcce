import jsonata from 'jsonata';
import { PipelineError } from '../../src/errors.ts';
import type { Json } from '../../src/pipeline/json.ts';

export interface Query {
  readonly data: Json;
  readonly expression: string;
}

/** Calls inside one another, and items of one list, before an expression is given up; its time is the thread's. */
const STACK_MAX = 500;
const ITEMS_MAX = 1_000_000;
const RESULT_CHARACTERS_MAX = 10 * 1024 * 1024;

/** They read the clock or chance: the same input would not always give the same value. */
const WITHOUT = ['now', 'millis', 'random', 'shuffle'];

/** Evaluates an expression of JSONata; nothing found is null. Throws `TOOL_INPUT_INVALID` or `TOOL_OUTPUT_INVALID`. */
export async function queryData({ data, expression }: Query): Promise<Json> {
  let value: unknown;
  try {
    const compiled = jsonata(expression, { stack: STACK_MAX, sequence: ITEMS_MAX });
    for (const name of WITHOUT) compiled.registerFunction(name, () => refuseFunction(name));
    value = await compiled.evaluate(data);
  } catch (error) {
    throw new PipelineError('TOOL_INPUT_INVALID', `Cannot evaluate the expression: ${reasonOf(error)}`);
  }
  return asJson(value);
}

function refuseFunction(name: string): never {
  throw new Error(`$${name} is not there, since the same input must give the same value`);
}

/** JSONata throws plain objects that say where, and Node its own errors. */
function reasonOf(error: unknown): string {
  const { message, position } = error as { message: string; position?: number };
  const text = message.replaceAll(/\s+/g, ' ').replace(/\.$/, '').slice(0, 300);
  return position === undefined ? text : `${text} (character ${position})`;
}

/** Lists of JSONata carry marks of their own, which JSON leaves behind. */
function asJson(value: unknown): Json {
  const text = JSON.stringify(value, (_key, each: unknown) => {
    const fault = faultOf(each);
    if (fault === undefined) return each;
    throw refuseValue(`it holds ${fault}, which is no data`);
  }) as string | undefined;
  if (text === undefined) return null;
  if (text.length <= RESULT_CHARACTERS_MAX) return JSON.parse(text) as Json;
  throw refuseValue(`it has ${text.length} characters as JSON, at most ${RESULT_CHARACTERS_MAX} are allowed`);
}

function faultOf(value: unknown): string | undefined {
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (typeof value === 'function') return 'a function';
  const isMap = typeof value === 'object' && value !== null;
  return isMap && ('_jsonata_lambda' in value || '_jsonata_function' in value) ? 'a function' : undefined;
}

function refuseValue(reason: string): PipelineError {
  return new PipelineError('TOOL_OUTPUT_INVALID', `Cannot use the value of the expression: ${reason}`);
}
