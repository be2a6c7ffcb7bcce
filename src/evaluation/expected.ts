import { canonicalJson, type Json, type JsonObject } from '../pipeline/json.ts';
import { isMap } from '../pipeline/problem.ts';

/** An output, or a field of one, that is not what was expected. */
export interface Mismatch {
  /** `label`, `person.name`. */
  readonly path: string;
  readonly expected: Json;
  /** Undefined: there is none. */
  readonly found: Json | undefined;
}

export interface Comparison {
  /** The share of the expected outputs that are as they should be. */
  readonly score: number;
  readonly mismatches: readonly Mismatch[];
}

/** Compares outputs with what is expected of them. Of a map, what is not expected may be anything; all else must be equal. */
export function compareOutputs(expected: JsonObject, outputs: JsonObject): Comparison {
  const wanted = Object.entries(expected);
  const found = wanted.map(([name, value]) => mismatchesOf(name, value, fieldOf(outputs, name)));
  const right = found.filter((mismatches) => mismatches.length === 0).length;
  return { score: wanted.length === 0 ? 1 : right / wanted.length, mismatches: found.flat() };
}

function mismatchesOf(path: string, expected: Json, found: Json | undefined): readonly Mismatch[] {
  if (isMap(expected) && found !== undefined && isMap(found))
    return Object.entries(expected).flatMap(([name, value]) =>
      mismatchesOf(`${path}.${name}`, value, fieldOf(found, name)),
    );
  const isEqual = found !== undefined && canonicalJson(found) === canonicalJson(expected);
  return isEqual ? [] : [{ path, expected, found }];
}

function fieldOf(map: JsonObject, name: string): Json | undefined {
  return Object.hasOwn(map, name) ? map[name] : undefined;
}
