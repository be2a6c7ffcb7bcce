import { dirname } from 'node:path';
import type { Config } from '../config.ts';
import type { Finding } from '../errors.ts';
import type { Plan } from '../pipeline/plan.ts';
import { readFile } from '../read-file.ts';

/** The plan of a pipeline file, and what is doubtful in it. Throws the file's findings. */
export async function loadPlan(config: Config, file: string): Promise<{ plan: Plan; warnings: readonly Finding[] }> {
  const bytes = readFile(file);
  // The compiler and the vendors' libraries are half of the program: commands that compile nothing do without.
  const { validateWithServers } = await import('../validate.ts');
  return validateWithServers(bytes, { file, config, folder: dirname(file) });
}

/** The texts of the files that findings point into, for excerpts; a file that has gone has none. */
export function sourcesOf(findings: readonly Finding[]): ReadonlyMap<string, string> {
  const files = new Set(findings.flatMap(({ position }) => (position === undefined ? [] : [position.file])));
  return new Map([...files].flatMap((file) => [...sourceOf(file)]));
}

function sourceOf(file: string): readonly (readonly [string, string])[] {
  try {
    return [[file, new TextDecoder().decode(readFile(file))]];
  } catch {
    // It has gone since it was parsed: then there is no excerpt.
    return [];
  }
}
