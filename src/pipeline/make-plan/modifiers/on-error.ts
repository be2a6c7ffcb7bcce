import type { JsonSchema } from '../../json.ts';
import type { OnErrorPlan } from '../../plan.ts';
import type { Path } from '../../problem.ts';
import type { StepSpec } from '../../spec.ts';
import type { Draft } from '../draft.ts';

/** What becomes of a step that failed, and what others then read as its output; `output` is what it gives by itself. */
export function planOnError(
  _draft: Draft,
  _path: Path,
  { on_error: written = 'fail', output }: Pick<StepSpec, 'on_error'> & { readonly output: JsonSchema },
): { readonly onError: OnErrorPlan; readonly output: JsonSchema } {
  return { onError: { kind: written }, output };
}
