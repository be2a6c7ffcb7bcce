import type { Json, JsonSchema } from '../../json.ts';
import type { Template } from '../../plan.ts';
import { placeText, wrongValue } from '../../problem.ts';
import type { CheckStepSpec, SetStepSpec, ToolStepSpec } from '../../spec/kinds/calls.ts';
import { compileAt } from '../draft.ts';
import type { Kind, KindPart } from '../kind.ts';
import { planToolCall } from '../tool-call.ts';

const CHECK_TIMEOUT_MS = 60_000;
const ATTEMPTS = 5;

export const toolKind: Kind<ToolStepSpec> = {
  attempts: ATTEMPTS,
  known: ({ cards }, step) => cards.tools.find(({ name }) => name === step.tool)?.output ?? true,
  plan(draft, path, step) {
    const { call, output } = planToolCall(draft, path, step);
    const { timeoutMs, ...fields } = call;
    return { fields: { kind: 'tool', ...fields }, output, timeoutMs };
  },
};

export const checkKind: Kind<CheckStepSpec> = {
  attempts: ATTEMPTS,
  known: () => undefined,
  plan(draft, path, step) {
    const { value, ...checks } = step.check as { readonly value: Json; readonly [name: string]: Json };
    const compiled = compileAt(draft, { path: [...path, 'check', 'value'], value });
    const written = Object.entries(checks).map(([name, options]) => ({
      name,
      options,
      path: [...path, 'check', name],
    }));
    if (written.length === 0) {
      const message = `Cannot use ${placeText([...path, 'check'])}: it has no check besides "value"`;
      draft.problems.push(wrongValue('VALUE_INVALID', [...path, 'check'], message));
    }
    return { ...valuePart('check', compiled), checks: written };
  },
};

export const setKind: Kind<SetStepSpec> = {
  attempts: ATTEMPTS,
  known: () => undefined,
  plan: (draft, path, step) => valuePart('set', compileAt(draft, { path: [...path, 'set'], value: step.set })),
};

function valuePart(kind: 'check' | 'set', { template, schema }: { template: Template; schema: JsonSchema }): KindPart {
  return { fields: { kind, value: template }, output: schema, timeoutMs: CHECK_TIMEOUT_MS };
}
