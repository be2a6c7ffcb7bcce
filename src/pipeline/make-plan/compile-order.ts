import type { StepMap } from '../spec/inner.ts';
import type { StepSpec } from '../spec.ts';
import type { Draft } from './draft.ts';
import { knownOutput } from './kinds.ts';
import { orderOf } from './order.ts';

/**
 * The steps in an order in which what each gives is known before another one reads it. What models and tools give
 * is known at once; what is computed from other steps is known only when those have been compiled.
 */
export function inCompileOrder(draft: Draft, steps: StepMap): readonly (readonly [string, StepSpec])[] {
  const computed = new Map<string, readonly string[]>();
  const names = draft.names.schemas as Record<string, unknown>;
  for (const [id, step] of Object.entries(steps)) {
    const known = isWidened(step) ? undefined : knownOutput(draft, step);
    if (known === undefined) computed.set(id, namedSteps(step));
    else names[`steps.${id}.output`] = known;
  }
  const { order } = orderOf(
    new Map([...computed].map(([id, named]) => [id, named.filter((name) => computed.has(name))])),
  );
  const others = Object.keys(steps).filter((id) => !computed.has(id));
  return [...order, ...others].map((id) => [id, steps[id] as StepSpec]);
}

/** Whether more than the kind of a step tells what it gives. */
function isWidened(step: StepSpec): boolean {
  return step.else !== undefined || step.for_each !== undefined || typeof step.on_error === 'object';
}

/** Roughly the steps that a step reads: what it names too much only makes the order stricter. */
function namedSteps(step: StepSpec): readonly string[] {
  return Array.from(JSON.stringify(step).matchAll(/\bsteps\s*[.[][\s"'\\]*([a-z0-9_]+)/g), ([, id]) => id as string);
}
