import { isCancellation } from '@temporalio/workflow';
import { isCatchable } from '../src/pipeline/catchable.ts';
import { isLeaf } from '../src/pipeline/plan-steps.ts';
import type { Json } from '../src/pipeline/json.ts';
import { collected, FAILURES_MAX, itemsOf, keysOf } from '../src/pipeline/items.ts';
import type { ForEachPlan, StepPlan } from '../src/pipeline/plan.ts';
import { NO_CALL, type FormFacts, type StepError, type StepResult, type Usage } from '../src/pipeline/result.ts';
import { inlineValues } from '../src/pipeline/scope.ts';
import { INLINE_BYTES_MAX, type StoredValue } from '../src/pipeline/value.ts';
import { callLocal, renderValue, scopeFor, type Place } from './call.ts';
import { readError, type Called } from './called.ts';
import { factsOf, innerFrame } from './frame.ts';
import { openFrame } from './group.ts';
import { runLanes } from './lanes.ts';
import { forget, formAt } from './memory.ts';
import { callParts } from './parts.ts';
import type { RunState } from './run-state.ts';
import { withSlot } from './slots.ts';

/** Longer lists are gone through in parts that have histories of their own. */
const ITEMS_HERE_MAX = 100;

export type Looped = StepPlan & { readonly forEach: ForEachPlan };

/** How an item ended. */
export interface ItemResult {
  readonly status: StepResult['status'];
  readonly output?: StoredValue;
  readonly error?: StepError;
  readonly usage?: Usage;
}

/** The list that a step goes through, and how far it is. */
export interface Items {
  readonly list: StoredValue;
  readonly count: number;
  readonly keys?: StoredValue;
  /** Where the list begins in the one that the step goes through. */
  readonly from: number;
  readonly results: Record<number, ItemResult>;
  /** Items at a time. */
  readonly concurrency: number;
}

/** The step once for each item: its output is the list of their outputs, in their order. */
export async function runForEach(state: RunState, place: Place, step: Looped): Promise<Called> {
  const form = formAt<{ items?: Items }>(state.memory, `${place.path}|items`, () => ({}));
  form.items ??= await expand(state, place, step.forEach);
  return form.items.count > ITEMS_HERE_MAX
    ? callParts(state, place, { step, items: form.items })
    : runItems(state, place, { step, items: form.items });
}

/** The list, in its envelope: looked at here when it is short, on the host when it lives in the store. */
async function expand(state: RunState, place: Place, plan: ForEachPlan): Promise<Items> {
  const list = await renderValue(state, place, plan.over);
  const here = { from: 0, results: {}, concurrency: plan.concurrency };
  const scope =
    plan.key === undefined
      ? {}
      : scopeFor(state, withoutItem(place, plan), [{ kind: 'expression', expression: plan.key }]);
  const values = inlineValues(scope);
  const isHere = 'inline' in list && values !== undefined && plan.key?.needsHost !== true;
  if (!isHere) {
    const { tenant, root } = state;
    const found = await callLocal(state, 'expandItems', {
      tenant,
      runId: root.runId,
      path: place.path,
      scope,
      list,
      plan,
    });
    return { ...here, list, ...found };
  }
  const items = itemsOf(list.inline, plan);
  if (plan.key === undefined) return { ...here, list, count: items.length };
  const keys = keysOf(items, { ...plan, key: plan.key }, { values });
  return { ...here, list, count: items.length, keys: { inline: [...keys] } };
}

/** What a key reads besides the item and its index, which only exist later. */
function withoutItem({ frame, path }: Place, { as, index }: ForEachPlan): Place['frame'] {
  const nothing: StoredValue = { inline: null };
  return innerFrame(frame, { path, locals: { [as]: nothing, [index]: nothing } });
}

interface Window {
  readonly step: Looped;
  readonly items: Items;
}

/** Goes through the items in this history, so many at a time; the next one starts when any has ended. */
export async function runItems(state: RunState, place: Place, { step, items }: Window): Promise<Called> {
  const loop = openFrame(state, place);
  const values = await valuesOfItems(state, items);
  const lanes = Math.min(items.concurrency, items.count);
  const failure = await runLanes(lanes, async (_lane, take) => {
    for (let at = take(); at < items.count; at = take()) {
      if (items.results[at] !== undefined) continue;
      const item = { index: items.from + at, value: values[at] as StoredValue };
      const result = await oneItem(state, { frame: loop, path: place.path }, { step, item });
      items.results[at] = result;
      if (result.error === undefined) continue;
      if (step.forEach.onItemError === 'continue' && isCatchable(result.error.code)) continue;
      return { ...result.error, at: result.error.at ?? `${place.path}[${item.index}]` };
    }
    return undefined;
  });
  const facts = factsOf(loop.tally, 1);
  if (failure !== undefined) return { status: 'failed', error: failure, ...facts };
  return { status: 'done', ...(await assemble(state, items)), ...endsOf(items, place.path), ...facts };
}

interface OneItem {
  readonly step: Looped;
  readonly item: { readonly index: number; readonly value: StoredValue };
}

async function oneItem(
  state: RunState,
  { frame, path: loopPath }: Place,
  { step, item }: OneItem,
): Promise<ItemResult> {
  const { as, index } = step.forEach;
  const path = `${loopPath}[${item.index}]`;
  const locals = { [as]: item.value, [index]: { inline: item.index } };
  const around = innerFrame(frame, { path, locals });
  const tally = around.tally;
  const run = (): Promise<StepResult> => state.forms.runItem(state, { frame: around, path }, step);
  // Rounds take their places themselves.
  const isCall = step.repeat === undefined && isLeaf(step);
  const result = await withSlot(state, isCall, run).catch((error: unknown): StepResult => {
    if (isCancellation(error)) throw error;
    return { status: 'failed', error: readError(error), ...NO_CALL };
  });
  forget(state.memory, path);
  const { usage } = factsOf(tally, 1);
  return {
    status: result.status,
    ...(result.status === 'done' ? { output: result.output } : {}),
    ...(result.status === 'failed' ? { error: result.error } : {}),
    ...(usage === undefined ? {} : { usage }),
  };
}

async function valuesOfItems(state: RunState, { list, count, from }: Items): Promise<readonly StoredValue[]> {
  if ('inline' in list) return (list.inline as readonly Json[]).slice(from, from + count).map((inline) => ({ inline }));
  return callLocal(state, 'readItems', { tenant: state.tenant, list, from, to: from + count });
}

/** The outputs as one value: put together here when they are short, on the host otherwise. */
async function assemble(
  state: RunState,
  { results, count, keys }: Items,
): Promise<{ output: StoredValue; items: StoredValue }> {
  const all = Array.from({ length: count }, (_, index) => results[index] as ItemResult);
  const outputs = all.map(({ output }) => output ?? NOTHING);
  const items = all.map(itemFacts);
  const bytes = JSON.stringify([outputs, items]).length * 3;
  const inline = outputs.flatMap((output) => ('inline' in output ? [output.inline] : []));
  if (inline.length === count && bytes <= INLINE_BYTES_MAX && (keys === undefined || 'inline' in keys)) {
    const names = keys === undefined ? undefined : (keys.inline as readonly string[]);
    return { output: { inline: collected(inline, names) }, items: { inline: items } };
  }
  const { tenant } = state;
  return callLocal(state, 'collectItems', {
    tenant,
    parts: [{ outputs, items: { inline: items } }],
    ...(keys === undefined ? {} : { keys }),
  });
}

const MESSAGE_CHARACTERS = 500;

function endsOf({ results, count, from }: Items, path: string): Pick<FormFacts, 'counts' | 'failures'> {
  const failures = Object.entries(results).flatMap(([index, { error }]) => {
    if (error === undefined) return [];
    return [
      {
        path: `${path}[${from + Number(index)}]`,
        code: error.code,
        message: error.message.slice(0, MESSAGE_CHARACTERS),
      },
    ];
  });
  const counts = { total: count, failed: failures.length };
  return failures.length === 0 ? { counts } : { counts, failures: failures.slice(0, FAILURES_MAX) };
}

const NOTHING: StoredValue = { inline: null };

/** What can be read of an item: `steps.<id>.items[i]`. */
function itemFacts({ status, error, usage }: ItemResult): Json {
  return {
    status,
    error: error === undefined ? null : { code: error.code, message: error.message, attempts: error.attempts },
    usage:
      usage === undefined
        ? null
        : {
            input_tokens: usage.inputTokens,
            output_tokens: usage.outputTokens,
            cached_input_tokens: usage.cachedInputTokens,
          },
  };
}
