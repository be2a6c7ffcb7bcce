import { stepsOnPath } from '../../inner-steps.ts';
import type { JsonSchema } from '../../json.ts';
import type { BlockPlan } from '../../plan.ts';
import { type Path, placeText, wrongKey } from '../../problem.ts';
import type { GroupStepSpec } from '../../spec/kinds/forms.ts';
import type { OneStep } from '../../spec/inner.ts';
import type { StepSpec } from '../../spec.ts';
import type { Draft } from '../draft.ts';
import { withSelf } from '../self.ts';

interface Undone {
  readonly step: StepSpec;
  /** What the step has given. */
  readonly output: JsonSchema;
}

/** What undoes a step that is done: some steps, or one, which is then called `undo`. It may read what the step gave. */
export function planCompensate(draft: Draft, path: Path, { step, output }: Undone): BlockPlan | undefined {
  if (step.compensate === undefined) return undefined;
  const place = [...path, 'compensate'];
  refuseInside(draft, place);
  const after = withSelf(draft, { path, step, output });
  if (isJustSteps(step.compensate)) {
    const { plan } = draft.planBlock(after, { path: [...place, 'steps'], steps: step.compensate.steps });
    return plan;
  }
  const alone = { ...after, block: { path: place, index: new Map<string, number>(), settledReads: [] } };
  const { plan } = draft.planStep(alone, place, step.compensate);
  return { steps: [{ ...plan, id: 'undo' }], outputs: { kind: 'map', entries: {} } };
}

function refuseInside({ problems }: Draft, path: Path): void {
  const isInside = stepsOnPath(path).filter(([key]) => key === 'compensate').length > 1;
  const is = 'what undoes a step is not undone itself';
  if (isInside) problems.push(wrongKey('VALUE_INVALID', path, `Cannot use ${placeText(path)}: ${is}`));
}

/** Whether nothing is said but the steps. */
function isJustSteps(step: OneStep): step is OneStep & Pick<GroupStepSpec, 'steps'> {
  return Object.keys(step).every((key) => key === 'steps' || key === 'description' || key.startsWith('x-'));
}
