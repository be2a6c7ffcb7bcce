import { choicesOf, typeOf } from '../../expression/types.ts';
import type { JsonSchema } from '../../json.ts';
import type { Template } from '../../plan.ts';
import { type Path, placeText, valueText, wrongKey, wrongValue } from '../../problem.ts';
import type { GroupStepSpec, SwitchStepSpec } from '../../spec/kinds/forms.ts';
import { suggestion } from '../../suggestion.ts';
import { refuseOther, textIs } from '../condition.ts';
import { type Draft, compileAt } from '../draft.ts';
import type { Kind } from '../kind.ts';

export const groupKind: Kind<GroupStepSpec> = {
  attempts: 1,
  known: () => undefined,
  plan(draft, path, { steps, outputs }) {
    const { plan, output, inside } = draft.planBlock(draft, {
      path: [...path, 'steps'],
      steps,
      ...(outputs !== undefined && { outputs: { path: [...path, 'outputs'], value: outputs } }),
    });
    return { fields: { kind: 'steps', body: plan }, output, inside };
  },
};

export const switchKind: Kind<SwitchStepSpec> = {
  attempts: 1,
  known: () => undefined,
  plan(draft, path, step) {
    const { on, schema } = planOn(draft, [...path, 'switch'], step.switch);
    checkCases(draft, path, { step, schema });
    // No case stands beside another: what one reads, the switch waits for.
    const alone = { ...draft, block: { path: [...path, 'cases'], index: new Map(), settledReads: [] } };
    const planned = Object.entries(step.cases).map(([name, each]) =>
      draft.planStep(alone, [...path, 'cases', name], each),
    );
    const other = step.default && draft.planStep(alone, [...path, 'default'], step.default);
    const all = [...planned, ...(other === undefined ? [] : [other])];
    return {
      fields: { kind: 'switch', on, cases: planned.map(({ plan }) => plan), ...(other && { otherCase: other.plan }) },
      output: { anyOf: all.map(({ output }) => output) },
    };
  },
};

const ON = { kinds: ['string', 'integer', 'number', 'boolean'], text: 'text, a number, true or false' } as const;

function planOn(draft: Draft, path: Path, value: string): { readonly on: Template; readonly schema: JsonSchema } {
  const { template, schema, problems } = compileAt(draft, { path, value });
  if (template.kind === 'literal' && problems.length === 0) {
    draft.problems.push(wrongValue('EXPRESSION_SYNTAX', path, `Cannot use ${placeText(path)}: ${textIs(value)}`));
  }
  refuseOther(draft, path, { type: typeOf(schema), wanted: ON });
  return { on: template, schema };
}

/** Where all values are known, a case that none of them has is a mistake, and a value without a case is doubtful. */
function checkCases(
  draft: Draft,
  path: Path,
  { step: { cases, default: otherCase }, schema }: { readonly step: SwitchStepSpec; readonly schema: JsonSchema },
): void {
  const names = Object.keys(cases);
  if (names.length === 0) {
    const message = `Cannot use ${placeText([...path, 'cases'])}: there is none, at least one is needed`;
    draft.problems.push(wrongValue('VALUE_INVALID', [...path, 'cases'], message));
  }
  const values = choicesOf(typeOf(schema))?.map(String);
  if (values === undefined) return;
  for (const name of names.filter((each) => !values.includes(each))) {
    const place = [...path, 'cases', name];
    const message = `Cannot use case ${valueText(name)} of ${placeText(path)}: the value is never that${suggestion(name, values)}`;
    draft.problems.push(wrongKey('VALUE_INVALID', place, message));
  }
  const [missing] = values.filter((value) => !names.includes(value));
  if (otherCase !== undefined || missing === undefined) return;
  const message = `Cannot promise ${placeText(path)}: it has no case for ${valueText(missing)} and no "default", and fails then`;
  draft.warnings.push({ ...wrongKey('SWITCH_NO_CASE', path, message), severity: 'warning' });
}
