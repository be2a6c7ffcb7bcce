import type { Json } from '../../../src/pipeline/json.ts';
import {
  blocksOf,
  casesOf,
  indexName,
  itemName,
  sumsOf,
  type Block,
  type Read,
  type Step,
  type Sum,
  type Test,
} from './pipelines.ts';

/** How a step ends. `codes` are those with which it may fail: of several failures the first counts, whichever that is. */
export type End =
  | { readonly status: 'done'; readonly output: Json; readonly rounds?: number; readonly stopped?: string }
  | { readonly status: 'failed'; readonly codes: ReadonlySet<string> }
  | { readonly status: 'skipped' };

/** What a run must have done: the paths of its calls, and which of them came after which. */
export interface Trace {
  /** Made once each. */
  readonly sure: string[];
  /** Made once at the most: what went on beside a failure. */
  readonly maybe: string[];
  /** Whatever is inside the first path has ended before whatever is inside the second. */
  readonly order: (readonly [before: string, after: string])[];
}

interface Around {
  readonly ends: ReadonlyMap<string, End>;
  readonly previous?: ReadonlyMap<string, End> | undefined;
  readonly names: Readonly<Record<string, number>>;
  readonly inputs: Readonly<Record<string, number>>;
  readonly outer?: Around;
}

interface Ran {
  readonly end: End;
  readonly trace: Trace;
  /** Of a group: how its steps ended. */
  readonly inner?: ReadonlyMap<string, End>;
}

interface BlockRan {
  readonly ends: ReadonlyMap<string, End>;
  readonly trace: Trace;
  /** The codes of the steps that fail the block. */
  readonly codes?: ReadonlySet<string>;
}

const nothing = (): Trace => ({ sure: [], maybe: [], order: [] });
const both = (...traces: readonly Trace[]): Trace => ({
  sure: traces.flatMap(({ sure }) => sure),
  maybe: traces.flatMap(({ maybe }) => maybe),
  order: traces.flatMap(({ order }) => order),
});
const unsure = ({ sure, maybe, order }: Trace): Trace => ({ sure: [], maybe: [...sure, ...maybe], order });
const done = (output: Json, trace = nothing()): Ran => ({ end: { status: 'done', output }, trace });
const failed = (codes: Iterable<string>, trace: Trace): Ran => ({
  end: { status: 'failed', codes: new Set(codes) },
  trace,
});

/** Runs a whole pipeline in the plainest way: one thing after the other. */
export function interpret(block: Block, inputs: Readonly<Record<string, number>>): BlockRan {
  return runBlock(block, { ends: new Map(), names: {}, inputs }, '');
}

/** Every step in its order; a block fails by its steps, and then nobody knows what else was done in it. */
function runBlock({ steps }: Block, around: Around, path: string): BlockRan {
  const ends = new Map<string, End>();
  const never = new Set<string>();
  const codes = new Set<string>();
  const traces: Trace[] = [];
  const ids = new Set(steps.map(({ id }) => id));
  const here: Around = { ends, names: {}, inputs: around.inputs, outer: around };
  for (const step of steps) {
    const waits = [...waitsOf(step)].filter(([id]) => ids.has(id));
    const at = `${path}${path === '' ? '' : '/'}${step.id}`;
    if (waits.some(([id]) => never.has(id))) {
      never.add(step.id);
      continue;
    }
    const isSkipped = waits.some(([id, mustBeDone]) => mustBeDone && ends.get(id)?.status !== 'done');
    const ran: Ran = isSkipped ? { end: { status: 'skipped' }, trace: nothing() } : runStep(step, here, at);
    ends.set(step.id, ran.end);
    traces.push(ran.trace);
    for (const [id] of waits) ran.trace.order.push([`${path}${path === '' ? '' : '/'}${id}`, at]);
    if (ran.end.status !== 'failed' || step.onError.kind === 'continue') continue;
    never.add(step.id);
    for (const code of ran.end.codes) codes.add(code);
  }
  const trace = both(...traces);
  return codes.size === 0 ? { ends, trace } : { ends, trace: unsure(trace), codes };
}

/** The steps around or beside it that a step waits for, and whether they must be done. */
function waitsOf(step: Step): ReadonlyMap<string, boolean> {
  const waits = new Map<string, boolean>();
  const wait = (id: string, mustBeDone: boolean): void => {
    waits.set(id, (mustBeDone && !step.joins) || waits.get(id) === true);
  };
  for (const id of step.needs) wait(id, true);
  for (const { terms } of sumsOf(step)) {
    for (const { read } of terms) {
      if ((read.of === 'output' || read.of === 'status') && read.id !== step.id) wait(read.id, read.of === 'output');
    }
  }
  for (const inner of [...blocksOf(step).map(waitsOfBlock), ...casesOf(step).map(waitsOf)]) {
    for (const [id, mustBeDone] of inner) wait(id, mustBeDone);
  }
  const own = new Set(step.body.kind === 'group' ? step.body.block.steps.map(({ id }) => id) : []);
  return new Map([...waits].filter(([id]) => !own.has(id)));
}

function waitsOfBlock({ steps, outputs = {} }: Block): ReadonlyMap<string, boolean> {
  const ids = new Set(steps.map(({ id }) => id));
  const all = new Map<string, boolean>();
  for (const waits of steps.map(waitsOf)) {
    for (const [id, mustBeDone] of waits) all.set(id, mustBeDone || all.get(id) === true);
  }
  for (const { terms } of Object.values(outputs)) {
    for (const { read } of terms) if (read.of === 'output') all.set(read.id, true);
  }
  return new Map([...all].filter(([id]) => !ids.has(id)));
}

function runStep(step: Step, around: Around, path: string): Ran {
  if (step.when !== undefined && !holds(step.when, around)) {
    return step.otherwise === undefined ? { end: { status: 'skipped' }, trace: nothing() } : done(step.otherwise);
  }
  return step.forEach === undefined ? runItem(step, around, path) : runItems(step, around, path);
}

function runItems(step: Step, around: Around, path: string): Ran {
  const { over, by, atLeast, mayFail, hasKeys } = step.forEach as NonNullable<Step['forEach']>;
  const count = (valueOf(over, around) % by) + atLeast;
  const ran = Array.from({ length: count }, (_, n) => {
    const names = { [itemName(step.id)]: n, [indexName(step.id)]: n };
    return runItem(step, { ends: new Map(), names, inputs: around.inputs, outer: around }, `${path}[${n}]`);
  });
  const trace = both(...ran.map((each) => each.trace));
  const codes = ran.flatMap(({ end }) => (end.status === 'failed' ? [...end.codes] : []));
  if (codes.length > 0 && !mayFail) return failed(codes, unsure(trace));
  const outputs = ran.map(({ end }) => outputOf(end));
  return done(hasKeys ? Object.fromEntries(outputs.map((output, n) => [`k${n}`, output])) : outputs, trace);
}

function runItem(step: Step, around: Around, path: string): Ran {
  return step.repeat === undefined ? runGuarded(step, around, path) : runRounds(step, around, path);
}

function runRounds(step: Step, around: Around, path: string): Ran {
  const { max, until, mustHold } = step.repeat as NonNullable<Step['repeat']>;
  const traces: Trace[] = [];
  let previous: ReadonlyMap<string, End> | undefined;
  for (let round = 1; ; round += 1) {
    const here: Around = { ends: new Map(), previous, names: {}, inputs: around.inputs, outer: around };
    const ran = runGuarded(step, here, `${path}#${round}`);
    traces.push(ran.trace);
    const trace = both(...traces);
    if (ran.end.status !== 'done') return { end: ran.end, trace };
    previous = step.body.kind === 'group' ? (ran.inner ?? new Map()) : new Map([[step.id, ran.end]]);
    const isLast = until !== undefined && holds(until, { ...here, ends: previous });
    if (!isLast && round < max) continue;
    if (!isLast && until !== undefined && mustHold) return failed(['REPEAT_MAX'], trace);
    return { end: { ...ran.end, rounds: round, stopped: isLast ? 'until' : 'max' }, trace };
  }
}

function runGuarded(step: Step, around: Around, path: string): Ran {
  const ran = runTries(step, around, path);
  if (ran.end.status !== 'failed') return ran;
  const { onError } = step;
  switch (onError.kind) {
    case 'value':
      return { ...done(valueOf(onError.value, around), ran.trace), ...(ran.inner && { inner: ran.inner }) };
    case 'steps': {
      const made = runBlock(onError.block, around, `${path}/on_error`);
      const trace = both(ran.trace, made.trace);
      const inner = ran.inner && { inner: ran.inner };
      if (made.codes !== undefined) return { ...failed(made.codes, trace), ...inner };
      return { ...done(outputsOf(onError.block, made.ends, around), trace), ...inner };
    }
    default:
      return ran;
  }
}

function runTries(step: Step, around: Around, path: string): Ran {
  const traces: Trace[] = [];
  for (let tried = 1; ; tried += 1) {
    const ran = runBody(step, around, tried === 1 ? path : `${path}~${tried}`);
    traces.push(ran.trace);
    if (ran.end.status !== 'failed' || tried >= step.attempts) return { ...ran, trace: both(...traces) };
  }
}

function runBody({ body }: Step, around: Around, path: string): Ran {
  const called: Trace = { sure: [path], maybe: [], order: [] };
  switch (body.kind) {
    case 'set':
      return done(valueOf(body.value, around), called);
    case 'fail':
      return failed(['STEP_REFUSED'], called);
    case 'wait':
      return done(null, called);
    case 'group': {
      const { ends, trace, codes } = runBlock(body.block, around, path);
      if (codes !== undefined) return { ...failed(codes, trace), inner: ends };
      return { ...done(outputsOf(body.block, ends, around), trace), inner: ends };
    }
    case 'switch': {
      const name = `k${valueOf(body.on, around) % 3}`;
      const chosen = body.cases.find(({ id }) => id === name) ?? body.other;
      if (chosen === undefined) return failed(['SWITCH_NO_CASE'], nothing());
      const here: Around = { ends: new Map(), names: {}, inputs: around.inputs, outer: around };
      const { end, trace } = runStep(chosen, here, `${path}/${chosen.id}`);
      return end.status === 'skipped' ? done(null, trace) : { end, trace };
    }
    case 'pipeline': {
      const alone: Around = { ends: new Map(), names: {}, inputs: { given: valueOf(body.input, around) } };
      const { ends, trace, codes } = runBlock(body.block, alone, path);
      return codes === undefined ? done(outputsOf(body.block, ends, alone), trace) : failed(codes, trace);
    }
  }
}

function outputsOf({ outputs }: Block, ends: ReadonlyMap<string, End>, outer: Around): Json {
  if (outputs === undefined) return Object.fromEntries([...ends].map(([id, end]) => [id, outputOf(end)]));
  const here: Around = { ends, names: {}, inputs: outer.inputs, outer };
  return Object.fromEntries(Object.entries(outputs).map(([name, sum]) => [name, valueOf(sum, here)]));
}

function outputOf(end: End): Json {
  return end.status === 'done' ? end.output : null;
}

function holds({ sum, by, rest }: Test, around: Around): boolean {
  return valueOf(sum, around) % by === rest;
}

function valueOf({ base, terms }: Sum, around: Around): number {
  return terms.reduce((total, { read, factor }) => total + factor * readOf(read, around), base);
}

function readOf(read: Read, around: Around): number {
  switch (read.of) {
    case 'output':
      return JSON.stringify(outputOf(endOf(read.id, around))).length;
    case 'status':
      return endOf(read.id, around).status.length;
    case 'previous':
      return JSON.stringify(previousOf(read.id, around)).length;
    case 'input':
      return around.inputs[read.id] as number;
    case 'name':
      return nameOf(read.id, around);
  }
}

function endOf(id: string, around: Around | undefined): End {
  if (around === undefined) throw new RangeError(`Nobody knows step "${id}"`);
  return around.ends.get(id) ?? endOf(id, around.outer);
}

function previousOf(id: string, around: Around | undefined): Json {
  if (around === undefined) return null;
  const end = around.previous?.get(id);
  return end === undefined ? previousOf(id, around.outer) : outputOf(end);
}

function nameOf(name: string, around: Around | undefined): number {
  if (around === undefined) throw new RangeError(`Nobody knows "${name}"`);
  return around.names[name] ?? nameOf(name, around.outer);
}
