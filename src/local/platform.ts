import { readFile } from 'node:fs/promises';

/** The processor as Go and most vendors of binaries name it. (The names of the systems are Node's own.) */
export function goArch(arch: string): string {
  return arch === 'x64' ? 'amd64' : arch;
}

const V3_FLAGS = ['avx2', 'bmi2', 'f16c', 'fma'];

/** Tells whether an Intel or AMD processor has the vector instructions of 2013 (`x86-64-v3`), by what Linux lists in `file`. */
export async function hasFastVectors(file: string): Promise<boolean> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const listed = new Set(/^flags\s*:(.*)$/m.exec(text)?.[1]?.trim().split(/\s+/));
  return V3_FLAGS.every((flag) => listed.has(flag));
}
