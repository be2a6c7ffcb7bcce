import { parseDuration } from '../duration.ts';
import type { JsonSchema } from '../json.ts';
import type { StepPlan } from '../plan.ts';
import type { Path } from '../problem.ts';
import type { StepSpec } from '../spec.ts';
import { listedChecks, planChecks } from './checks.ts';
import { planCondition } from './condition.ts';
import { openWaiting } from './dependencies.ts';
import { type Draft, compileAt } from './draft.ts';
import { kindOf } from './kinds.ts';
import { planOnError } from './modifiers/on-error.ts';
import { planRetry } from './modifiers/retry.ts';

/**
 * Compiles a step, and lets the names know what it gives. Each modifier is compiled where it is read, from the outside
 * in: the condition once, `for_each` once for each item, `repeat` once for each round, and so on.
 */
export function planStep(around: Draft, path: Path, step: StepSpec): StepPlan {
  const id = String(path.at(-1));
  const kind = kindOf(step);
  const { draft, dependencies } = openWaiting(around, path, step);
  const condition = step.if === undefined ? undefined : planCondition(draft, [...path, 'if'], step.if);
  const otherwise =
    step.else === undefined ? undefined : compileAt(draft, { path: [...path, 'else'], value: step.else });
  const part = kind.plan(draft, path, step);
  const listed = listedChecks(draft, [...path, 'checks'], step.checks ?? []);
  const checks = planChecks(draft, [...(part.checks ?? []), ...listed], part.output);
  const { onError, output } = planOnError(draft, path, { ...step, output: part.output });
  setOutput(around, id, otherwise === undefined ? output : { anyOf: [output, otherwise.schema] });
  const timeoutMs = step.timeout === undefined ? part.timeoutMs : parseDuration(step.timeout);
  return {
    id,
    ...(step.description === undefined ? {} : { description: step.description }),
    ...dependencies(),
    ...(condition && { condition }),
    ...(otherwise && { otherwise: otherwise.template }),
    checks,
    retry: planRetry(draft, path, { ...step, usual: kind.attempts }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    onError,
    ...part.fields,
    // Which kinds have a time limit of their own, and so always have one here, the compiler cannot tell.
  } as StepPlan;
}

function setOutput({ names }: Draft, id: string, output: JsonSchema): void {
  (names.schemas as Record<string, JsonSchema>)[`steps.${id}.output`] = output;
}
