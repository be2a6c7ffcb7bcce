import { dirname } from 'node:path';
import type { Config } from '../config.ts';
import type { Finding } from '../errors.ts';
import type { Plan } from '../pipeline/plan.ts';
import { readFile } from '../read-file.ts';

/** What a pipeline file is, and the configuration with the parts of one's own that were found for it. */
export interface LoadedPlan {
  readonly plan: Plan;
  readonly warnings: readonly Finding[];
  readonly config: Config;
}

/** The plan of a pipeline file, and what is doubtful in it. Throws the file's findings. */
export async function loadPlan(config: Config, file: string): Promise<LoadedPlan> {
  const bytes = readFile(file);
  // The compiler and the vendors' libraries are half of the program: commands that compile nothing do without.
  const { validateWithServers } = await import('../validate.ts');
  const folder = dirname(file);
  const { loadOwnParts } = await import('../own-parts/load.ts');
  const own = await loadOwnParts(config, folder, '.');
  try {
    return { ...(await validateWithServers(bytes, { file, config: own, folder })), config: own };
  } finally {
    await own.own?.mcp.close();
  }
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
