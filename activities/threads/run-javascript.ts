import { newQuickJSWASMModuleFromVariant, type QuickJSContext } from 'quickjs-emscripten-core';
import { PipelineError } from '../../src/errors.ts';
import type { Json } from '../../src/pipeline/json.ts';
import { quote } from '../quote.ts';

export interface Program {
  readonly input: Json;
  /** The body of an async function of `input`. */
  readonly code: string;
}

const TIME_MS = 3000;
const MEMORY_MIB = 64;
const STACK_BYTES = 256 * 1024;
const VALUE_CHARACTERS_MAX = 10 * 1024 * 1024;

/**
 * What stands before the user's code: no clock and no chance, so that the same input gives the same value, and functions
 * of JSON that the code cannot exchange. Of dates those are left that the code itself names.
 */
const PRELUDE = `(() => {
  const { stringify, parse } = JSON;
  const refuse = (what) => () => {
    throw new TypeError(what + ' is not there, since the same input must give the same value');
  };
  Math.random = refuse('Math.random');
  const RealDate = Date;
  const DateWithoutClock = function (...parts) {
    if (new.target === undefined || parts.length === 0) refuse('The clock')();
    return Reflect.construct(RealDate, parts, new.target);
  };
  Object.assign(DateWithoutClock, { UTC: RealDate.UTC, parse: RealDate.parse, now: refuse('The clock') });
  DateWithoutClock.prototype = RealDate.prototype;
  RealDate.prototype.constructor = DateWithoutClock;
  globalThis.Date = DateWithoutClock;
  const AsyncFunction = (async () => {}).constructor;
  return async (code, input) => stringify(await new AsyncFunction('input', code)(parse(input))) ?? 'null';
})()`;

/** Runs JavaScript in an engine of its own, inside WebAssembly. Throws `TOOL_INPUT_INVALID` or `TOOL_OUTPUT_INVALID`. */
export async function runJavascript(program: Program): Promise<Json> {
  const engine = await newQuickJSWASMModuleFromVariant(import('@jitl/quickjs-wasmfile-release-sync'));
  const runtime = engine.newRuntime({ memoryLimitBytes: MEMORY_MIB * 1024 * 1024, maxStackSizeBytes: STACK_BYTES });
  const deadline = performance.now() + TIME_MS;
  const isLate = (): boolean => performance.now() > deadline;
  runtime.setInterruptHandler(isLate);
  let ending: Ending;
  try {
    ending = endingOf(runtime.newContext(), program);
  } catch (error) {
    // The engine is not beneath this call any more: it has used up the stack of the thread.
    ending = { thrown: error };
  }
  if ('text' in ending) return readValue(ending.text);
  if (isLate()) throw refuse(`it takes longer than ${TIME_MS / 1000}s`);
  throw refuse(ending.thrown === undefined ? 'it waits for what never comes' : reasonOf(ending.thrown, program));
}

/** How code ended: with a value as JSON, with what it threw, or, where that is undefined, not at all. */
type Ending = { readonly text: string } | { readonly thrown: unknown };

/** Nothing is given back to the engine: it ends with its thread. */
function endingOf(context: QuickJSContext, { input, code }: Program): Ending {
  const start = context.unwrapResult(context.evalCode(PRELUDE));
  const given = [code, JSON.stringify(input)].map((text) => context.newString(text));
  const promise = context.unwrapResult(context.callFunction(start, context.undefined, ...given));
  context.runtime.executePendingJobs();
  const state = context.getPromiseState(promise);
  if (state.type === 'fulfilled') return { text: context.getString(state.value) };
  return { thrown: state.type === 'rejected' ? (context.dump(state.error) ?? null) : undefined };
}

function readValue(text: string): Json {
  if (text.length <= VALUE_CHARACTERS_MAX) return JSON.parse(text) as Json;
  const reason = `it has ${text.length} characters as JSON, at most ${VALUE_CHARACTERS_MAX} are allowed`;
  throw new PipelineError('TOOL_OUTPUT_INVALID', `Cannot use the value of the code: ${reason}`);
}

/** Lines that the engine puts before the code. */
const LINES_BEFORE = 2;

/** Code may throw anything. */
function reasonOf(thrown: unknown, { code }: Program): string {
  if (typeof thrown !== 'object' || thrown === null) return `it threw ${quote(String(thrown))}`;
  const { name, message, stack } = thrown as Readonly<Record<string, unknown>>;
  if (message === 'out of memory') return `it needs more than ${MEMORY_MIB} MiB of memory`;
  if (typeof message !== 'string') return `it threw ${quote(JSON.stringify(thrown))}`;
  const line = Number(/<input>:(\d+)/.exec(String(stack))?.[1] ?? 0) - LINES_BEFORE;
  const where = line < 1 ? '' : ` (line ${Math.min(line, code.split('\n').length)})`;
  return `${String(name)}: ${message.replaceAll(/\s+/g, ' ').slice(0, 300)}${where}`;
}

function refuse(reason: string): PipelineError {
  return new PipelineError('TOOL_INPUT_INVALID', `Cannot run the code: ${reason}`);
}
