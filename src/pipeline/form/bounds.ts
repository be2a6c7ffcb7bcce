import type { Json } from '../json.ts';
import { isMap } from '../problem.ts';

type Bound = (value: Json, limit: number) => boolean;

/** Keywords that bound a number, or the number of something. They let pass what they do not count. */
export const BOUNDS: Readonly<Record<string, Bound>> = {
  minimum: bound(numberOf, isAtLeast),
  maximum: bound(numberOf, isAtMost),
  exclusiveMinimum: bound(numberOf, (is, limit) => is > limit),
  exclusiveMaximum: bound(numberOf, (is, limit) => is < limit),
  multipleOf: bound(numberOf, (is, factor) => Number.isInteger(is / factor)),
  minLength: bound(charactersOf, isAtLeast),
  maxLength: bound(charactersOf, isAtMost),
  minItems: bound(itemsOf, isAtLeast),
  maxItems: bound(itemsOf, isAtMost),
  minProperties: bound(keysOf, isAtLeast),
  maxProperties: bound(keysOf, isAtMost),
};

function bound(measure: (value: Json) => number | undefined, holds: (is: number, limit: number) => boolean): Bound {
  return (value, limit) => {
    const is = measure(value);
    return is === undefined || holds(is, limit);
  };
}

function isAtLeast(is: number, limit: number): boolean {
  return is >= limit;
}

function isAtMost(is: number, limit: number): boolean {
  return is <= limit;
}

function numberOf(value: Json): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

/** In code points, as JSON Schema counts. */
function charactersOf(value: Json): number | undefined {
  return typeof value === 'string' ? Array.from(value).length : undefined;
}

function itemsOf(value: Json): number | undefined {
  return Array.isArray(value) ? value.length : undefined;
}

function keysOf(value: Json): number | undefined {
  return isMap(value) ? Object.keys(value).length : undefined;
}
