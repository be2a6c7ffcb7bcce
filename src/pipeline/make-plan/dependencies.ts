import { type Path, type Problem, placeText, valueText, wrongValue } from '../problem.ts';
import type { StepPlan } from '../plan.ts';
import { suggestion } from '../suggestion.ts';
import type { Draft } from './draft.ts';
import { TOLERANT_FIELDS } from './names.ts';

type Dependencies = Pick<StepPlan, 'dependsOn' | 'tolerates'>;

interface Wanted {
  readonly needs: string | readonly string[] | undefined;
  /** Root paths, such as `steps.draft.output`. */
  readonly reads: readonly string[];
}

/** What a step waits for: the steps that it reads, and those that it needs besides. */
export function dependenciesOf(draft: Draft, id: string, { needs = [], reads }: Wanted): Dependencies {
  const needed = [needs].flat();
  needed.forEach((name, index) => {
    const path = ['steps', id, 'needs', ...(typeof needs === 'string' ? [] : [index])];
    if (!draft.stepIndex.has(name)) draft.problems.push(unknownStep(draft, path, name));
  });
  const read = stepReads(reads);
  const wanted = new Set([...needed, ...read.map((step) => step.id)]);
  const strict = new Set([
    ...needed,
    ...read.filter(({ field }) => !TOLERANT_FIELDS.has(field)).map((step) => step.id),
  ]);
  const indexOf = (name: string) => draft.stepIndex.get(name) ?? -1;
  const dependsOn = [...wanted].filter((name) => indexOf(name) >= 0).toSorted((a, b) => indexOf(a) - indexOf(b));
  return { dependsOn, tolerates: dependsOn.filter((name) => !strict.has(name)) };
}

/** The steps that root paths lead to, and what is read of them. */
export function stepReads(reads: readonly string[]): readonly { readonly id: string; readonly field: string }[] {
  return reads
    .map((path) => path.split('.') as [root: string, id: string, field: string])
    .filter(([root]) => root === 'steps')
    .map(([, id, field]) => ({ id, field }));
}

function unknownStep({ spec }: Draft, path: Path, name: string): Problem {
  const hint = suggestion(name, Object.keys(spec.steps));
  return wrongValue(
    'REFERENCE_UNKNOWN',
    path,
    `Cannot use ${placeText(path)}: there is no step ${valueText(name)}${hint}`,
  );
}
