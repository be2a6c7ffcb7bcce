import type { JsonSchema } from '../json.ts';
import type { StepKey, StepSpec } from '../spec.ts';
import type { Draft } from './draft.ts';
import type { Kind } from './kind.ts';
import { approveKind } from './kinds/approve.ts';
import { checkKind, setKind, toolKind } from './kinds/calls.ts';
import { groupKind, switchKind } from './kinds/forms.ts';
import { modelKind } from './kinds/model.ts';
import { pipelineKind } from './kinds/pipeline.ts';
import { failKind, waitKind } from './kinds/waiting.ts';

/** By the one key that tells a step's kind. */
const KINDS = {
  model: modelKind,
  tool: toolKind,
  check: checkKind,
  set: setKind,
  steps: groupKind,
  switch: switchKind,
  pipeline: pipelineKind,
  approve: approveKind,
  wait: waitKind,
  fail: failKind,
} satisfies { readonly [Key in StepKey]: Kind<Extract<StepSpec, Readonly<Record<Key, unknown>>>> };

const KEYS = Object.keys(KINDS) as readonly StepKey[];

/** A step has exactly one of the keys, and so fits its kind. */
export function kindOf(step: StepSpec): Kind<StepSpec> {
  return KINDS[KEYS.find((key) => key in step) as StepKey] as unknown as Kind<StepSpec>;
}

/** What a step gives, as far as its kind alone tells. */
export function knownOutput(draft: Draft, step: StepSpec): JsonSchema | undefined {
  return kindOf(step).known(draft, step);
}
