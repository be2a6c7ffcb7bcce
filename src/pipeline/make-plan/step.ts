import { parseDuration } from '../duration.ts';
import type { RetryPlan, StepPlan } from '../plan.ts';
import type { Path } from '../problem.ts';
import type { OneStep } from '../spec/inner.ts';
import type { StepSpec } from '../spec.ts';
import type { PlannedStep } from './block.ts';
import { listedChecks, planChecks } from './checks.ts';
import type { Subject } from './checks/calling-check.ts';
import { planCondition } from './condition.ts';
import { openWaiting } from './dependencies.ts';
import { type Draft, compileAt } from './draft.ts';
import { isPrevious } from './first-round.ts';
import type { KindPart } from './kind.ts';
import { kindOf } from './kinds.ts';
import { planBudget } from './modifiers/budget.ts';
import { planCompensate } from './modifiers/compensate.ts';
import { planForEach } from './modifiers/for-each.ts';
import { planLadder } from './modifiers/ladder.ts';
import { planOnError } from './modifiers/on-error.ts';
import { openRound, planRepeat } from './modifiers/repeat.ts';
import { planRetry } from './modifiers/retry.ts';
import { planSaveTo } from './modifiers/save-to.ts';

/**
 * Compiles a step. Each modifier is compiled where it is read, from the outside in: the condition once, what `for_each`
 * is said of once for each item, what `repeat` is said of once for each round.
 */
export function planStep(around: Draft, path: Path, written: StepSpec | OneStep): PlannedStep {
  const step = written as StepSpec;
  const kind = kindOf(step);
  const { draft: open, dependencies } = openWaiting(around, path, step);
  const condition = step.if === undefined ? undefined : planCondition(open, [...path, 'if'], step.if);
  const draft = condition?.reads.some(isPrevious) ? { ...open, isAskedForRound: true } : open;
  const otherwise =
    step.else === undefined ? undefined : compileAt(draft, { path: [...path, 'else'], value: step.else });
  const { draft: item, forEach, outputOfAll } = planForEach(draft, path, step);
  const round = openRound(item, path, step);
  const part = kind.plan(round, path, step);
  const listed = listedChecks(round, [...path, 'checks'], step.checks ?? []);
  const retry = planRetry(draft, path, { ...step, usual: kind.attempts });
  const checks = planChecks(round, [...(part.checks ?? []), ...listed], subjectOf(round, path, { step, part, retry }));
  const onCheckFail = planLadder(round, path, { step, part });
  const { onError, output } = planOnError(round, path, { step, output: part.output });
  const repeat = planRepeat(round, path, { step, part, output });
  const compensate = planCompensate(round, path, { step, output: part.output });
  const saveTo = planSaveTo(round, path, { step, output: part.output });
  const timeoutMs = step.timeout === undefined ? part.timeoutMs : parseDuration(step.timeout);
  const all = outputOfAll(output);
  const plan = {
    id: String(path.at(-1)),
    ...(step.description === undefined ? {} : { description: step.description }),
    ...dependencies(),
    ...(condition && { condition }),
    ...(otherwise && { otherwise: otherwise.template }),
    ...(forEach && { forEach }),
    ...(repeat && { repeat }),
    checks,
    ...(onCheckFail && { onCheckFail }),
    retry,
    ...(timeoutMs !== undefined && { timeoutMs }),
    onError,
    ...(compensate && { compensate }),
    ...(saveTo && { saveTo }),
    ...(step.budget !== undefined && { budget: planBudget(step.budget) }),
    ...(step.reuse !== undefined && { reuse: step.reuse }),
    ...part.fields,
    // A kind that makes calls gives them a time limit; the type of its part does not say so.
  } as StepPlan;
  return { plan, output: otherwise === undefined ? all : { anyOf: [all, otherwise.schema] } };
}

/** A step of kind `check` says itself how long and how often what it calls may run. */
function subjectOf(
  draft: Draft,
  path: Path,
  { step, part, retry }: { readonly step: StepSpec; readonly part: KindPart; readonly retry: RetryPlan },
): Subject {
  const { fields, output } = part;
  const models = fields.kind === 'model' ? { models: fields } : {};
  if (fields.kind !== 'check') return { output, ...models, retry: planRetry(draft, path, { usual: ATTEMPTS }) };
  const timeout = step.timeout === undefined ? {} : { timeoutMs: parseDuration(step.timeout) as number };
  return { output, retry, ...timeout };
}

/** How often a call of a check is tried. */
const ATTEMPTS = 5;
