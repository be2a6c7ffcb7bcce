import { proxyLocalActivities, scheduleActivity } from '@temporalio/workflow';
import type { Activities, Call } from '../activities/calls.ts';
import type { Json } from '../src/pipeline/json.ts';
import { inlineValues, scopeOf } from '../src/pipeline/scope.ts';
import { needsHost, readsOf, renderTemplate } from '../src/pipeline/template.ts';
import type { Expression, Template } from '../src/pipeline/plan.ts';
import { INLINE_BYTES_MAX, type Scope, type StoredValue } from '../src/pipeline/value.ts';
import { activityOptions, RECORD_OPTIONS, RENDER_OPTIONS, type CallPolicy } from './activity-options.ts';
import { attempt, type Attempted } from './attempts.ts';
import { addSpending, valuesOf, type RunState } from './run-state.ts';

const { render } = proxyLocalActivities<Pick<Activities, 'render'>>(RENDER_OPTIONS);
export const { writeRecord } = proxyLocalActivities<Pick<Activities, 'writeRecord'>>(RECORD_OPTIONS);

type Callable = 'invokeModel' | 'callTool' | 'runCheck';
type ResultOf<Name extends Callable> = Awaited<ReturnType<Activities[Name]>>;

/** Makes a call through its activity, with retries; what failed attempts used is added to the run's spending. */
export async function makeCall<Name extends Callable>(
  state: RunState,
  name: Name,
  { call, policy }: { call: Parameters<Activities[Name]>[0]; policy: CallPolicy },
): Promise<Attempted<ResultOf<Name>>> {
  const bytes = JSON.stringify(call).length;
  return attempt<ResultOf<Name>>(
    policy,
    (used) =>
      state.gate.pass(bytes, () => scheduleActivity<ResultOf<Name>>(name, [call], activityOptions(policy, used))),
    ({ usage, costNanoUsd = 0 }) => addSpending(state, { ...(usage === undefined ? {} : { usage }), costNanoUsd }),
  );
}

/** The part of a call that every call has. */
export function callOf(state: RunState, path: string, templates: readonly Template[]): Call {
  return { tenant: state.request.tenant, runId: state.runId, path, scope: scopeFor(state, templates) };
}

/**
 * Fills in a template: here when all that it reads is small, in a local activity when it looks into an
 * artifact, calls a function that must not run in a workflow, or grows too long for history.
 */
export async function renderValue(state: RunState, path: string, template: Template): Promise<StoredValue> {
  const scope = scopeFor(state, [template]);
  const values = needsHost(template) ? undefined : inlineValues(scope);
  if (values !== undefined) {
    const value = renderTemplate(template, values);
    if (isSmall(value)) return { inline: value };
  }
  return render({ tenant: state.request.tenant, runId: state.runId, path, scope, template });
}

/** Whether a condition holds; anything but `true` does not. */
export async function holds(state: RunState, path: string, expression: Expression): Promise<boolean> {
  const value = await renderValue(state, path, { kind: 'expression', expression });
  return 'inline' in value && value.inline === true;
}

function scopeFor(state: RunState, templates: readonly Template[]): Scope {
  // `output` is the subject of a check; the activity puts it in.
  const reads = new Set(templates.flatMap((template) => readsOf(template)).filter((path) => path !== 'output'));
  return scopeOf([...reads], valuesOf(state));
}

function isSmall(value: Json): boolean {
  // Three bytes of UTF-8 at the most for each character.
  return JSON.stringify(value).length * 3 <= INLINE_BYTES_MAX;
}
