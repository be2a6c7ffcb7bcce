import { readFile } from 'node:fs/promises';

/** The processor as Go and most vendors of binaries name it. (The names of the systems are Node's own.) */
export function goArch(arch: string): string {
  return arch === 'x64' ? 'amd64' : arch;
}

const V3_FLAGS = ['avx2', 'bmi2', 'f16c', 'fma'];

/** How a program is built for a processor, and what marks the folder of one that was. */
export interface Target {
  readonly mark: string;
  readonly compilerFlags: string;
}

/** An Intel or AMD processor with the vector instructions of 2013 (`x86-64-v3`), by what Linux lists in `file`, or any. */
export async function targetOf(file: string): Promise<Target> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const listed = new Set(/^flags\s*:(.*)$/m.exec(text)?.[1]?.trim().split(/\s+/));
  const hasAll = V3_FLAGS.every((flag) => listed.has(flag));
  return hasAll ? { mark: '-v3', compilerFlags: '-march=x86-64-v3' } : { mark: '', compilerFlags: '' };
}
