import { innerSteps, stepName, stepsOnPath } from '../inner-steps.ts';
import type { Json } from '../json.ts';
import type { Path } from '../problem.ts';
import type { PipelineSpec } from '../spec.ts';

/** Says of a step that stands inside another one why it cannot be read from elsewhere, and what can; see `Names`. */
export function hiddenSteps({ steps }: PipelineSpec): (id: string) => string | undefined {
  let paths: ReadonlyMap<string, Path> | undefined;
  return (id) => {
    paths ??= pathsById(steps as unknown as Readonly<Record<string, Json>>);
    const path = paths.get(id);
    return path && reason(id, stepsOnPath(path).slice(0, -1));
  };
}

/** The first of each id; in the file, so that the step of a case, which nobody can read, is none. */
function pathsById(steps: Readonly<Record<string, Json>>): ReadonlyMap<string, Path> {
  const paths = new Map<string, Path>();
  const found = Object.entries(steps).map(([id, step]): { path: Path; step: Json } => ({ path: ['steps', id], step }));
  for (const { path, step } of found) {
    const id = String(path.at(-1));
    if (path.at(-2) === 'steps' && !paths.has(id)) paths.set(id, path);
    found.push(...innerSteps(step).map((inner) => ({ path: [...path, ...inner.path], step: inner.step })));
  }
  return paths;
}

/** `owners` leads to the step that it stands in. */
function reason(id: string, owners: readonly Path[]): string {
  const owner = stepName(owners);
  return `"${id}" is a step inside step "${owner}", and can be read only there: others read what "outputs" of "${owner}" says`;
}
