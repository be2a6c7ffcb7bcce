import { parseDuration } from '../duration.ts';
import type { RetryPlan, StepPlan } from '../plan.ts';
import { FINDINGS_MAX, type Path, type Problem, placeText, wrongKey, wrongValue } from '../problem.ts';
import type { StepSpec } from '../spec.ts';
import { readsOf } from '../template.ts';
import { listedChecks, planChecks } from './checks.ts';
import { planCondition } from './condition.ts';
import { dependenciesOf } from './dependencies.ts';
import { compileAt, type Draft } from './draft.ts';
import { inCompileOrder } from './compile-order.ts';
import { kindPartOf } from './kinds.ts';
import { type Graph, orderOf } from './order.ts';

/** Compiles the steps, and puts them in an order in which each comes after all that it depends on. */
export function planSteps(draft: Draft): readonly StepPlan[] {
  const plans = new Map<string, StepPlan>();
  for (const [id, step] of inCompileOrder(draft)) {
    if (draft.problems.length > FINDINGS_MAX) return [];
    plans.set(id, planStep(draft, id, step));
  }
  const { order, circles } = orderOf(dependencies(draft, plans));
  for (const circle of circles) draft.problems.push(circleProblem(circle));
  return order.map((id) => plans.get(id) as StepPlan);
}

/** As in the file. */
function dependencies({ stepIndex }: Draft, plans: ReadonlyMap<string, StepPlan>): Graph {
  return new Map([...stepIndex.keys()].map((id) => [id, (plans.get(id) as StepPlan).dependsOn]));
}

function circleProblem(circle: readonly string[]): Problem {
  const [first] = circle as [string];
  const is =
    circle.length === 1 ? 'it waits for itself' : [...circle, first].map((id) => `"${id}"`).join(' waits for ');
  return wrongKey('REFERENCE_CYCLE', ['steps', first], `Cannot order step "${first}": ${is}`);
}

/** Compiles a step, and lets the names know what it gives. */
function planStep(draft: Draft, id: string, step: StepSpec): StepPlan {
  const path = ['steps', id];
  const part = kindPartOf(draft, path, step);
  const condition = step.if === undefined ? undefined : planCondition(draft, [...path, 'if'], step.if);
  const otherwise =
    step.else === undefined ? undefined : compileAt(draft, { path: [...path, 'else'], value: step.else });
  const listed = listedChecks(draft, [...path, 'checks'], step.checks ?? []);
  const checks = planChecks(draft, [...part.checks, ...listed], part.output);
  draft.names[`steps.${id}.output`] =
    otherwise === undefined ? part.output : { anyOf: [part.output, otherwise.schema] };
  const templates = [
    ...part.templates,
    ...(otherwise ? [otherwise.template] : []),
    ...checks.map(({ options }) => options),
  ];
  const reads = [...(condition?.reads ?? []), ...templates.flatMap(readsOf)];
  return {
    id,
    ...(step.description === undefined ? {} : { description: step.description }),
    ...dependenciesOf(draft, id, { needs: step.needs, reads }),
    ...(condition && { condition }),
    ...(otherwise && { otherwise: otherwise.template }),
    checks,
    retry: planRetry(draft, [...path, 'retry'], step.retry ?? {}),
    timeoutMs: milliseconds(step.timeout) ?? part.timeoutMs,
    onError: { kind: step.on_error ?? 'fail' },
    ...part.fields,
  };
}

function planRetry(draft: Draft, path: Path, retry: NonNullable<StepSpec['retry']>): RetryPlan {
  const { attempts = 5, backoff = '2s', max_backoff: longest } = retry;
  const backoffMs = milliseconds(backoff) as number;
  const maxBackoffMs = milliseconds(longest) ?? Math.max(60_000, backoffMs);
  if (maxBackoffMs < backoffMs) {
    const place = [...path, 'max_backoff'];
    const is = `it is ${longest}, which is less than the backoff of ${backoff}`;
    draft.problems.push(wrongValue('VALUE_INVALID', place, `Cannot use ${placeText(place)}: ${is}`));
  }
  return { attempts, backoffMs, maxBackoffMs };
}

function milliseconds(duration: string | undefined): number | undefined {
  return duration === undefined ? undefined : parseDuration(duration);
}
