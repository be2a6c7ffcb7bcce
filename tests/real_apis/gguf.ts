/** A value of a GGUF file's head, with the type that readers of it expect. */
export type GgufValue =
  | { readonly u32: number }
  | { readonly f32: number }
  | { readonly bool: boolean }
  | { readonly text: string }
  | { readonly f32s: readonly number[] }
  | { readonly i32s: readonly number[] }
  | { readonly texts: readonly string[] };

export interface GgufTensor {
  /** From the innermost dimension outwards. */
  readonly shape: readonly number[];
  readonly at: (index: number) => number;
}

const ALIGNMENT = 32;
const TYPES = { u32: 4, i32: 5, f32: 6, bool: 7, text: 8, list: 9 } as const;

/** The bytes of a model file of llama.cpp, with numbers of 32 bits. */
export function gguf(head: Readonly<Record<string, GgufValue>>, tensors: Readonly<Record<string, GgufTensor>>): Buffer {
  const values = Object.entries(head).map(([key, value]) => Buffer.concat([text(key), bytesOf(value)]));
  const bodies = Object.values(tensors).map(padded);
  let offset = 0;
  const entries = Object.entries(tensors).map(([name, { shape }], index) => {
    const entry = [text(name), u32(shape.length), ...shape.map(u64), u32(0), u64(offset)];
    offset += bodies[index]?.length ?? 0;
    return Buffer.concat(entry);
  });
  const start = Buffer.concat([
    Buffer.from('GGUF'),
    u32(3),
    u64(bodies.length),
    u64(values.length),
    ...values,
    ...entries,
  ]);
  return Buffer.concat([start, Buffer.alloc(-start.length & (ALIGNMENT - 1)), ...bodies]);
}

function bytesOf(value: GgufValue): Buffer {
  if ('u32' in value) return Buffer.concat([u32(TYPES.u32), u32(value.u32)]);
  if ('f32' in value) return Buffer.concat([u32(TYPES.f32), f32(value.f32)]);
  if ('bool' in value) return Buffer.concat([u32(TYPES.bool), Buffer.from([Number(value.bool)])]);
  if ('text' in value) return Buffer.concat([u32(TYPES.text), text(value.text)]);
  if ('f32s' in value) return list(TYPES.f32, value.f32s.map(f32));
  if ('i32s' in value) return list(TYPES.i32, value.i32s.map(u32));
  return list(TYPES.text, value.texts.map(text));
}

function padded({ shape, at }: GgufTensor): Buffer {
  const count = shape.reduce((product, size) => product * size, 1);
  const numbers = Buffer.from(Float32Array.from({ length: count }, (_, index) => at(index)).buffer);
  return Buffer.concat([numbers, Buffer.alloc(-numbers.length & (ALIGNMENT - 1))]);
}

function list(type: number, items: readonly Buffer[]): Buffer {
  return Buffer.concat([u32(TYPES.list), u32(type), u64(items.length), ...items]);
}

function text(value: string): Buffer {
  return Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)]);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function f32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes;
}
