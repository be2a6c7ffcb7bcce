import type { JsonSchema } from '../../json.ts';
import type { RepeatPlan } from '../../plan.ts';
import type { Path } from '../../problem.ts';
import type { StepSpec } from '../../spec.ts';
import { planExpression } from '../condition.ts';
import { type Draft, within } from '../draft.ts';
import type { KindPart } from '../kind.ts';
import { knownOutput } from '../kinds.ts';
import { withSelf } from '../self.ts';
import { addStepNames, fieldsOf, fieldsOfOne } from '../step-names.ts';

/** Where a round is compiled: what the round before gave can be read there, which in the first round is null. */
export function openRound(draft: Draft, path: Path, step: StepSpec): Draft {
  if (step.repeat === undefined) return draft;
  const names: Record<string, JsonSchema> = {};
  if ('steps' in step) {
    for (const [id, inner] of Object.entries(step.steps)) {
      const output = inner.else === undefined && inner.for_each === undefined ? knownOutput(draft, inner) : undefined;
      addStepNames(names, `previous.${id}`, { fields: fieldsOf(inner), output });
    }
  } else {
    addStepNames(names, `previous.${path.at(-1)}`, { fields: fieldsOfOne(step), output: knownOutput(draft, step) });
  }
  return within(draft, names);
}

/** What `repeat` says, read where a round has ended: a group reads the steps in it, every other step reads itself. */
export function planRepeat(
  draft: Draft,
  path: Path,
  { step, part, output }: { readonly step: StepSpec; readonly part: KindPart; readonly output: JsonSchema },
): RepeatPlan | undefined {
  if (step.repeat === undefined) return undefined;
  const { until: value, max, on_max: onMax = 'continue' } = step.repeat;
  const ended = part.inside ?? withSelf(draft, { path, step, output });
  const place = [...path, 'repeat', 'until'];
  const until = value === undefined ? undefined : planExpression(ended, { path: place, value }, BOOLEAN);
  return { ...(until && { until }), max, onMax };
}

const BOOLEAN = { kinds: ['boolean'], text: 'true or false' } as const;
