import { isAlias, isMap, isScalar, isSeq, type Alias, type Node, type YAMLMap, type YAMLSeq } from 'yaml';
import type { ErrorCode } from '../../errors.ts';
import type { Json } from '../json.ts';
import { DEPTH_MAX, FORBIDDEN_KEYS } from '../plain-json.ts';
import type { Fault } from './text.ts';

/** How many values all aliases of a file may stand for. */
export const ALIASED_VALUES_MAX = 50_000;

/** What stands behind each alias. */
export type Targets = ReadonlyMap<Alias, Node>;

/** A value, how many values it is (those behind aliases counted each time), and how deep they stand in one another. */
interface Read {
  readonly value: Json;
  readonly size: number;
  readonly depth: number;
}

interface Reading {
  readonly faults: Fault[];
  readonly targets: Map<Alias, Node>;
  readonly anchors: Map<string, Node>;
  /** What each node became. An alias shares it, so that a small file cannot grow while it is read. */
  readonly done: Map<Node, Read>;
  aliased: number;
}

const NOTHING: Read = { value: null, size: 1, depth: 0 };

/** The value of a YAML document. Keys that are refused are left out of it. */
export function readNode(root: Node | null): { value: Json; faults: readonly Fault[]; targets: Targets } {
  const reading: Reading = { faults: [], targets: new Map(), anchors: new Map(), done: new Map(), aliased: 0 };
  const { value, depth } = root === null ? NOTHING : read(root, reading);
  const { faults, targets, aliased } = reading;
  const is = depth > DEPTH_MAX ? `its values are nested more than ${DEPTH_MAX} deep` : manyAliases(aliased);
  if (is !== undefined) faults.push({ code: 'YAML_LIMIT', offset: 0, message: `Cannot read the file: ${is}` });
  return { value, faults, targets };
}

function manyAliases(aliased: number): string | undefined {
  return aliased > ALIASED_VALUES_MAX ? `its aliases stand for more than ${ALIASED_VALUES_MAX} values` : undefined;
}

/** The text of a key; undefined for a map, a list, an alias or nothing. */
export function keyText(key: unknown): string | undefined {
  return isScalar(key) && !(key.source === '' && key.value === null) ? key.source : undefined;
}

function read(node: Node, reading: Reading): Read {
  if (isAlias(node)) return readAlias(node, reading);
  if (node.anchor !== undefined) reading.anchors.set(node.anchor, node);
  const result = isMap(node)
    ? readMap(node, reading)
    : isSeq(node)
      ? readList(node, reading)
      : readScalar(node, reading);
  if (node.anchor !== undefined) reading.done.set(node, result);
  return result;
}

function readAlias(alias: Alias, reading: Reading): Read {
  const target = reading.anchors.get(alias.source);
  const result = target && reading.done.get(target);
  if (target === undefined || result === undefined) {
    const is = target === undefined ? `no "&${alias.source}" stands before it` : 'it stands inside what it means';
    return refuse(reading, 'YAML_SYNTAX', { node: alias, message: `Cannot read alias "*${alias.source}": ${is}` });
  }
  reading.targets.set(alias, target);
  reading.aliased += result.size;
  return result;
}

function readMap(map: YAMLMap, reading: Reading): Read {
  const value: Record<string, Json> = {};
  let [size, depth] = [1, 0];
  for (const pair of map.items) {
    const inner = pair.value === null ? NOTHING : read(pair.value as Node, reading);
    size += inner.size;
    depth = Math.max(depth, inner.depth);
    const key = keyText(pair.key);
    const refusal = refusalOfKey(key, value);
    if (refusal === undefined) value[key as string] = inner.value;
    else reading.faults.push({ ...refusal, offset: offsetOf(pair.key as Node) });
  }
  return { value, size, depth: depth + 1 };
}

function refusalOfKey(key: string | undefined, before: object): Omit<Fault, 'offset'> | undefined {
  if (key === undefined)
    return { code: 'YAML_UNSUPPORTED', message: 'Cannot read the key: only a text is allowed as a key' };
  const what = `Cannot read key ${JSON.stringify(key)}`;
  if (key === '<<') {
    return { code: 'YAML_UNSUPPORTED', message: `${what}: merge keys are not supported, write the keys out` };
  }
  if (FORBIDDEN_KEYS.includes(key))
    return { code: 'KEY_FORBIDDEN', message: `${what}: this name is not allowed anywhere` };
  if (Object.hasOwn(before, key))
    return { code: 'KEY_DUPLICATE', message: `${what}: the map has it twice, once is allowed` };
  return undefined;
}

function readList(list: YAMLSeq, reading: Reading): Read {
  const items = list.items.map((item) => read(item as Node, reading));
  return {
    value: items.map(({ value }) => value),
    size: items.reduce((sum, { size }) => sum + size, 1),
    depth: items.reduce((most, { depth }) => Math.max(most, depth), 0) + 1,
  };
}

function readScalar(node: Node, reading: Reading): Read {
  const { value, source } = node as unknown as { value: null | boolean | number | string; source: string };
  if (typeof value !== 'number') return { ...NOTHING, value };
  const is = !Number.isFinite(value)
    ? 'it is no number that JSON knows'
    : Number.isInteger(value) && !Number.isSafeInteger(value)
      ? 'it is too large to be exact, put it in quotes'
      : undefined;
  if (is === undefined) return { ...NOTHING, value };
  return refuse(reading, 'VALUE_INVALID', { node, message: `Cannot read number ${source}: ${is}` });
}

function refuse(reading: Reading, code: ErrorCode, { node, message }: { node: Node; message: string }): Read {
  reading.faults.push({ code, offset: offsetOf(node), message });
  return NOTHING;
}

/** Everything that a parser made has a range. */
export function offsetOf(node: Node): number {
  return (node.range as readonly number[])[0] as number;
}
