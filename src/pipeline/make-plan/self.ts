import type { JsonSchema } from '../json.ts';
import type { Path } from '../problem.ts';
import type { StepSpec } from '../spec.ts';
import { type Draft, within } from './draft.ts';
import { refuseShadowingStep } from './shadows.ts';
import { addStepNames, fieldsOfOne } from './step-names.ts';

/** A step that something of its own may read: the handler of its failure, what undoes it, the end of a repetition. */
export interface Self {
  readonly path: Path;
  readonly step: StepSpec;
  /** What it has given then. */
  readonly output: JsonSchema;
}

/** The draft for what may read the step that it belongs to, without waiting for it. */
export function withSelf(draft: Draft, { path, step, output }: Self): Draft {
  const id = String(path.at(-1));
  const names: Record<string, JsonSchema> = {};
  addStepNames(names, `steps.${id}`, { fields: fieldsOfOne(step), output });
  // The step of a case stands in no block, so that nobody has looked at its name yet.
  const isNew = draft.problems.every((problem) => problem.code !== 'NAME_SHADOWED' || problem.path !== path);
  if (!draft.block.index.has(id) && isNew) refuseShadowingStep(draft, path);
  return within(draft, names, new Set([id]));
}
