import { type Bytes, largest, SMALL_BYTES } from './estimate/bytes.ts';
import type { SizeOf } from './estimate/code-bytes.ts';
import { estimateChecks } from './estimate/check-estimates.ts';
import { estimateModel, multiply, TOKEN_BYTES, type ModelEstimate } from './estimate/model-estimate.ts';
import { estimateRungs } from './estimate/ladder-estimates.ts';
import { listBytes, schemaBytes } from './estimate/schema-bytes.ts';
import { rootSizes, withNames, withSteps } from './estimate/sizes.ts';
import { templateBytes } from './estimate/template-bytes.ts';
import { otherModels, triesOf } from './ladder.ts';
import { NOTHING, sum, type Amount } from './ledger.ts';
import type { BlockPlan, ForEachPlan, ModelStepPlan, Plan, StepPlan } from './plan.ts';

/** What a model step may use at most in a whole run. */
export interface StepEstimate extends ModelEstimate {
  /** As in the run, without items and rounds: `route/billing`. */
  readonly path: string;
  /** How often it is made at most: for each item, in each round, in each try of what it stands in. */
  readonly times: number;
}

export interface PlanEstimate {
  /** The steps that ask models, in the order of the plan. */
  readonly steps: readonly StepEstimate[];
  /** Of all that can happen in one run: of the cases of a switch only the dearest. */
  readonly worst: Amount;
  /** True when the price of some model is not known; it counts as nothing. */
  readonly hasUnknownPrice: boolean;
}

/** What a run may use at most, told before it begins. What people have repeated is not in it. */
export function estimatePlan(plan: Plan): PlanEstimate {
  const { steps, worst } = estimatePipeline(plan, rootSizes(plan), { path: '', times: 1 });
  return { steps, worst, hasUnknownPrice: steps.some(({ hasUnknownPrice }) => hasUnknownPrice) };
}

/** Where a step stands, and how often that is made. */
interface Place {
  readonly path: string;
  readonly times: number;
}

interface Part {
  readonly steps: readonly StepEstimate[];
  readonly worst: Amount;
  /** Of what it gives. */
  readonly output: Bytes;
}

function estimatePipeline(plan: Plan, sizeOf: SizeOf, place: Place): Part {
  const { steps, outputs } = plan;
  return estimateBlock({ steps, outputs: { kind: 'map', entries: outputs } }, sizeOf, place);
}

function estimateBlock(block: BlockPlan, around: SizeOf, { path, times }: Place): Part {
  const outputs = new Map<string, Bytes>();
  const sizeOf = withSteps(around, 'steps', outputs);
  const parts = block.steps.map((step) => {
    const part = estimateStep(step, sizeOf, { path: path === '' ? step.id : `${path}/${step.id}`, times });
    outputs.set(step.id, part.output);
    return part;
  });
  return { ...together(parts), output: templateBytes(block.outputs, sizeOf) };
}

function together(parts: readonly Part[]): Pick<Part, 'steps' | 'worst'> {
  return { steps: parts.flatMap(({ steps }) => steps), worst: parts.map(({ worst }) => worst).reduce(sum, NOTHING) };
}

/** A step with all that its modifiers make of it. */
function estimateStep(step: StepPlan, around: SizeOf, place: Place): Part {
  const { forEach, repeat, otherwise, onError, compensate } = step;
  const items = forEach === undefined ? 1 : itemsOf(forEach);
  const inLoop = forEach === undefined ? around : withItem(around, forEach);
  const made = { path: place.path, times: place.times * items };
  const body = estimateRounds(step, inLoop, { ...made, times: made.times * (repeat?.max ?? 1) });
  const handler = onError.kind === 'steps' ? estimateBlock(onError.body, inLoop, below(made, 'on_error')) : undefined;
  const undo = compensate && estimateBlock(compensate, inLoop, below(place, 'compensate'));
  const handled = onError.kind === 'value' ? templateBytes(onError.value, inLoop) : (handler?.output ?? 0);
  const one = largest([body.output, handled]);
  const all = forEach === undefined ? one : forEach.key === undefined ? listBytes(items, one) : undefined;
  return {
    ...together([body, ...(handler ? [handler] : []), ...(undo ? [undo] : [])]),
    output: largest([all, otherwise === undefined ? 0 : templateBytes(otherwise, around)]),
  };
}

function below({ path, times }: Place, name: string): Place {
  return { path: `${path}/${name}`, times };
}

function itemsOf({ over, max }: ForEachPlan): number {
  const list = over.kind === 'literal' ? over.value : over.kind === 'list' ? over.items : undefined;
  return Array.isArray(list) ? Math.min(list.length, max) : max;
}

/** An item is no longer than the list. */
function withItem(around: SizeOf, { over, as, index }: ForEachPlan): SizeOf {
  return withNames(around, { [as]: templateBytes(over, around), [index]: SMALL_BYTES });
}

/** What a round reads of the one before is as long as what it gives itself, where that does not hang on what it reads. */
function estimateRounds(step: StepPlan, around: SizeOf, place: Place): Part {
  if (step.repeat === undefined) return estimateKind(step, around, place);
  const inner = step.kind === 'steps' ? step.body.steps : [step];
  const first = new Map(inner.map(({ id }) => [id, undefined as Bytes]));
  const unknown = withSteps(around, 'previous', first);
  const outputs =
    step.kind === 'steps'
      ? outputsOf(step.body, unknown)
      : new Map([[step.id, estimateKind(step, unknown, place).output]]);
  return estimateKind(step, withSteps(around, 'previous', outputs), place);
}

function outputsOf(block: BlockPlan, around: SizeOf): ReadonlyMap<string, Bytes> {
  const outputs = new Map<string, Bytes>();
  const sizeOf = withSteps(around, 'steps', outputs);
  for (const step of block.steps) outputs.set(step.id, estimateStep(step, sizeOf, { path: '', times: 1 }).output);
  return outputs;
}

function estimateKind(step: StepPlan, sizeOf: SizeOf, place: Place): Part {
  const part = estimateCall(step, sizeOf, place);
  // Each rung of its ladder gives something else to judge.
  const rungs = triesOf(step.onCheckFail ?? []).filter(({ kind }) => kind !== 'continue');
  const judges = estimateChecks(step, sizeOf, part.output).map(({ name, votes, ...judge }) => {
    return { ...judge, ...below({ ...place, times: place.times * votes * (1 + rungs.length) }, name) };
  });
  return {
    steps: [...part.steps, ...judges],
    worst: judges.map(({ worst, times }) => multiply(worst, times)).reduce(sum, part.worst),
    output: part.output,
  };
}

function estimateCall(step: StepPlan, sizeOf: SizeOf, place: Place): Part {
  const tried = { path: place.path, times: place.times * step.retry.attempts };
  switch (step.kind) {
    case 'model':
      return modelPart(step, sizeOf, place);
    case 'set':
    case 'check':
      return { ...NO_CALLS, output: templateBytes(step.value, sizeOf) };
    case 'steps':
      return estimateBlock(step.body, sizeOf, tried);
    case 'pipeline':
      return estimatePipeline(step.plan, inputSizes(step, sizeOf), tried);
    case 'switch':
      return dearest(
        [...step.cases, ...(step.otherCase ? [step.otherCase] : [])].map((each) =>
          estimateStep(each, sizeOf, below(tried, each.id)),
        ),
      );
    case 'tool':
    case 'approve':
    case 'wait':
      return { ...NO_CALLS, output: undefined };
    case 'fail':
      return { ...NO_CALLS, output: 0 };
  }
}

const NO_CALLS = { steps: [], worst: NOTHING } as const;

function modelPart(step: ModelStepPlan, sizeOf: SizeOf, place: Place): Part {
  const estimate = estimateModel(step, sizeOf);
  // Another model may give a longer text.
  const tokens = Math.max(...[step, ...otherModels(step)].map(({ maxOutputTokens }) => maxOutputTokens));
  const text = tokens * TOKEN_BYTES;
  const structured = step.output?.kind === 'literal' ? schemaBytes(step.output.value) : undefined;
  const output = Math.min(text, structured ?? Infinity);
  const rungs = estimateRungs(step, sizeOf, output);
  return {
    steps: [{ ...place, ...estimate }, ...rungs.map(({ name, ...rung }) => ({ ...below(place, name), ...rung }))],
    worst: [estimate, ...rungs].map(({ worst }) => multiply(worst, place.times)).reduce(sum, NOTHING),
    output,
  };
}

function inputSizes({ plan, with: given }: Extract<StepPlan, { kind: 'pipeline' }>, sizeOf: SizeOf): SizeOf {
  const entries = Object.entries(given).map(([name, value]) => [name, templateBytes(value, sizeOf)] as const);
  return rootSizes(plan, Object.fromEntries(entries));
}

/** Only one of them is made. */
function dearest(parts: readonly Part[]): Part {
  const most = (unit: keyof Amount): number => Math.max(0, ...parts.map(({ worst }) => worst[unit]));
  return {
    steps: parts.flatMap(({ steps }) => steps),
    worst: { tokens: most('tokens'), nanoUsd: most('nanoUsd') },
    output: largest(parts.map(({ output }) => output)),
  };
}
