import type { ErrorCode } from '../errors.ts';
import type { Json } from './json.ts';
import type { Path } from './problem.ts';

/** Values may stand in one another this deep. */
export const DEPTH_MAX = 100;
/** Names that JavaScript gives a meaning of its own; no map has them as keys. */
export const FORBIDDEN_KEYS: readonly string[] = ['__proto__', 'constructor', 'prototype'];

/** Something in a value that is no JSON, as the second half of a sentence. */
export interface JsonFault {
  readonly code: ErrorCode;
  readonly path: Path;
  readonly at: 'key' | 'value';
  readonly message: string;
}

/** The JSON that a value is. Fields that are undefined are left out; what is no JSON is reported, and null in its place. */
export function plainJson(value: unknown): { readonly value: Json; readonly faults: readonly JsonFault[] } {
  const faults: JsonFault[] = [];
  return { value: plain(value, [], faults), faults };
}

function plain(value: unknown, path: Path, faults: JsonFault[]): Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (path.length > DEPTH_MAX) return refuse(path, faults, `it is nested more than ${DEPTH_MAX} deep`);
  if (Array.isArray(value)) return value.map((item, index) => plain(item, [...path, index], faults));
  if (!isPlainObject(value)) return refuse(path, faults, `it is ${nounOf(value)}, only JSON values are allowed`);
  const entries = Object.entries(value).filter(([key, item]) => item !== undefined && isAllowed(key, path, faults));
  return Object.fromEntries(entries.map(([key, item]) => [key, plain(item, [...path, key], faults)]));
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function isAllowed(key: string, path: Path, faults: JsonFault[]): boolean {
  if (!FORBIDDEN_KEYS.includes(key)) return true;
  faults.push({ code: 'KEY_FORBIDDEN', path: [...path, key], at: 'key', message: 'this name is not allowed anywhere' });
  return false;
}

function refuse(path: Path, faults: JsonFault[], message: string): null {
  faults.push({ code: 'VALUE_INVALID', path, at: 'value', message });
  return null;
}

function nounOf(value: unknown): string {
  if (typeof value === 'number') return String(value);
  return typeof value === 'object' ? 'an object of a class' : `of type ${typeof value}`;
}
