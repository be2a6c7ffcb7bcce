import { typeOf } from '../../expression/types.ts';
import type { JsonSchema } from '../../json.ts';
import type { SaveToPlan, Template } from '../../plan.ts';
import { type Path, placeText, valueText, wrongValue } from '../../problem.ts';
import { pathFault } from '../../relative-path.ts';
import type { StepSpec } from '../../spec.ts';
import { refuseOther } from '../condition.ts';
import { type Draft, compileAt } from '../draft.ts';
import { withSelf } from '../self.ts';

interface Saved {
  readonly step: StepSpec;
  /** What the step has given. */
  readonly output: JsonSchema;
}

/** The file that is written when a step is done. It may hold what the step gave. */
export function planSaveTo(draft: Draft, path: Path, { step, output }: Saved): SaveToPlan | undefined {
  if (step.save_to === undefined) return undefined;
  const place = [...path, 'save_to'];
  const after = withSelf(draft, { path, step, output });
  const to = compileAt(after, { path: [...place, 'path'], value: step.save_to.path });
  refuseOther(draft, [...place, 'path'], { type: typeOf(to.schema), wanted: { kinds: ['string'], text: 'text' } });
  refusePath(draft, [...place, 'path'], to.template);
  const { template: value } = compileAt(after, { path: [...place, 'value'], value: step.save_to.value });
  return { path: to.template, value };
}

function refusePath({ problems }: Draft, path: Path, template: Template): void {
  if (template.kind !== 'literal') return;
  const written = template.value as string;
  const fault = pathFault(written) ?? (written.endsWith('/') ? 'it names a folder' : undefined);
  if (fault === undefined) return;
  const is = `it is ${valueText(template.value)}, and ${fault}`;
  problems.push(wrongValue('VALUE_INVALID', path, `Cannot use ${placeText(path)}: ${is}`));
}
