import type { JsonSchema } from '../../json.ts';
import type { OnErrorPlan } from '../../plan.ts';
import { type Path, placeText, wrongKey, wrongValue } from '../../problem.ts';
import type { StepSpec } from '../../spec.ts';
import { type Draft, compileAt } from '../draft.ts';
import { withSelf } from '../self.ts';

interface Handled {
  readonly step: StepSpec;
  /** What the step gives by itself. */
  readonly output: JsonSchema;
}

interface PlannedOnError {
  readonly onError: OnErrorPlan;
  /** What others read as the output of the step. */
  readonly output: JsonSchema;
}

/** What becomes of a step that failed. A handler may read why: `steps.<id>.error`. */
export function planOnError(draft: Draft, path: Path, { step, output }: Handled): PlannedOnError {
  const { on_error: written = 'fail' } = step;
  if (typeof written === 'string') return { onError: { kind: written }, output };
  const { value, steps, outputs } = written;
  const place = [...path, 'on_error'];
  refuseMixture(draft, place, written);
  const failed = withSelf(draft, { path, step, output: { type: 'null' } });
  if (steps === undefined) {
    const { template, schema } = compileAt(failed, { path: [...place, 'value'], value: value ?? null });
    return { onError: { kind: 'value', value: template }, output: { anyOf: [output, schema] } };
  }
  const { plan, output: made } = draft.planBlock(failed, {
    path: [...place, 'steps'],
    steps,
    ...(outputs !== undefined && { outputs: { path: [...place, 'outputs'], value: outputs } }),
  });
  return { onError: { kind: 'steps', body: plan }, output: { anyOf: [output, made] } };
}

function refuseMixture({ problems }: Draft, path: Path, { value, steps, outputs }: Record<string, unknown>): void {
  const what = `Cannot use ${placeText(path)}`;
  if ((value === undefined) === (steps === undefined)) {
    const is = value === undefined ? 'it has neither "value" nor "steps"' : 'it has both "value" and "steps"';
    problems.push(wrongValue('VALUE_INVALID', path, `${what}: ${is}, one of them is needed`));
  } else if (outputs !== undefined && steps === undefined) {
    const place = [...path, 'outputs'];
    problems.push(wrongKey('VALUE_INVALID', place, `Cannot use ${placeText(place)}: there are no "steps" beside it`));
  }
}
