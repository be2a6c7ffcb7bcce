import { PipelineError } from '../errors.ts';
import { isMap } from './problem.ts';
import type { Json } from './json.ts';
import type { ForEachPlan } from './plan.ts';
import { renderTemplate, type RenderOptions } from './template.ts';

/** So many items that failed and were left are told of by name. */
export const FAILURES_MAX = 10;

/** The items of a list that a step goes through. Throws `ITEMS_INVALID` or `ITEMS_TOO_MANY`. */
export function itemsOf(value: Json, { max }: Pick<ForEachPlan, 'max'>): readonly Json[] {
  if (!Array.isArray(value)) {
    const kind = value === null ? 'null' : isMap(value) ? 'a map' : `a ${typeof value}`;
    throw new PipelineError('ITEMS_INVALID', `Cannot go through the items: "for_each" gives ${kind}, a list is needed`);
  }
  if (value.length > max) {
    const message = `Cannot go through the items: there are ${value.length}, at most ${max} are allowed by "max"`;
    throw new PipelineError('ITEMS_TOO_MANY', message);
  }
  return value as readonly Json[];
}

/** The key of each item, in their order; `values` are what else the key reads. Throws `ITEMS_INVALID` or `ITEM_KEY_DUPLICATE`. */
export function keysOf(
  items: readonly Json[],
  { key, as, index: indexName }: Required<Pick<ForEachPlan, 'key' | 'as' | 'index'>>,
  { values, host }: { readonly values: Readonly<Record<string, Json>> } & Pick<RenderOptions, 'host'>,
): readonly string[] {
  const seen = new Set<string>();
  return items.map((item, index) => {
    const known = { ...values, [as]: item, [indexName]: index };
    const found = renderTemplate({ kind: 'expression', expression: key }, known, host === undefined ? {} : { host });
    if (typeof found !== 'string' && typeof found !== 'number') {
      const message = `Cannot tell item ${index} by its key: it is ${JSON.stringify(found)}, a text or a number is needed`;
      throw new PipelineError('ITEMS_INVALID', message);
    }
    const text = String(found);
    if (seen.has(text)) {
      const message = `Cannot tell item ${index} by its key: an item before it has the key ${JSON.stringify(text)} too`;
      throw new PipelineError('ITEM_KEY_DUPLICATE', message);
    }
    seen.add(text);
    return text;
  });
}

/** The outputs of all items as one value: a list, or a map when each has a key. */
export function collected(outputs: readonly Json[], keys: readonly string[] | undefined): Json {
  if (keys === undefined) return [...outputs];
  return Object.fromEntries(keys.map((key, index) => [key, outputs[index] ?? null]));
}
