/** The most UTF-8 bytes that something takes, as text or as JSON; undefined when nothing bounds it. */
export type Bytes = number | undefined;

/** Of numbers, truth values, names of models, and words of a closed list. */
export const SMALL_BYTES = 100;

export function textBytes(text: string): number {
  return new TextEncoder().encode(text).length;
}

export function jsonBytes(value: unknown): number {
  return textBytes(JSON.stringify(value));
}

/** Of one or the other. */
export function largest(sizes: readonly Bytes[]): Bytes {
  return sizes.reduce<Bytes>((most, size) => both(most, size, Math.max), 0);
}

/** Of all together. */
export function total(sizes: readonly Bytes[]): Bytes {
  return sizes.reduce<Bytes>((sum, size) => both(sum, size, (a, b) => a + b), 0);
}

function both(a: Bytes, b: Bytes, join: (a: number, b: number) => number): Bytes {
  return a === undefined || b === undefined ? undefined : join(a, b);
}
