import type { StepSpec } from '../spec.ts';
import type { Draft } from './draft.ts';
import { knownOutput } from './kinds.ts';
import { orderOf } from './order.ts';

/**
 * The steps in an order in which what each gives is known before another one reads it. What models and tools give
 * is known at once; what is computed from other steps is known only when those have been compiled.
 */
export function inCompileOrder(draft: Draft): readonly (readonly [string, StepSpec])[] {
  const computed = new Map<string, readonly string[]>();
  for (const [id, step] of Object.entries(draft.spec.steps)) {
    if (isComputed(step)) computed.set(id, namedSteps(step));
    else draft.names[`steps.${id}.output`] = knownOutput(draft, step);
  }
  const { order } = orderOf(
    new Map([...computed].map(([id, named]) => [id, named.filter((name) => computed.has(name))])),
  );
  const others = [...draft.stepIndex.keys()].filter((id) => !computed.has(id));
  return [...order, ...others].map((id) => [id, draft.spec.steps[id] as StepSpec]);
}

function isComputed(step: StepSpec): boolean {
  return 'set' in step || 'check' in step || step.else !== undefined;
}

/** Roughly the steps that a step reads: what it names too much only makes the order stricter. */
function namedSteps(step: StepSpec): readonly string[] {
  return Array.from(JSON.stringify(step).matchAll(/\bsteps\s*[.[][\s"'\\]*([a-z0-9_]+)/g), ([, id]) => id as string);
}
