import type { Json, JsonSchema } from '../../json.ts';
import type { Template } from '../../plan.ts';
import { type Path, placeText, wrongValue } from '../../problem.ts';
import type { CheckStepSpec, ModelStepSpec, SetStepSpec, ToolStepSpec } from '../../spec/kinds/calls.ts';
import { compileAt, type Draft } from '../draft.ts';
import type { Kind, KindPart } from '../kind.ts';
import { modelsOf } from '../models.ts';
import { planOutputSchema } from '../output-schema.ts';
import { planToolCall } from '../tool-call.ts';

const MODEL_TIMEOUT_MS = 10 * 60_000;
const CHECK_TIMEOUT_MS = 60_000;
const ATTEMPTS = 5;

export const modelKind: Kind<ModelStepSpec> = {
  attempts: ATTEMPTS,
  known: (_, step) => step.output ?? { type: 'string' },
  plan(draft, path, step) {
    const { system: inherited, ...model } = modelsOf(draft, [...path, 'model'], step.model);
    const prompt = compileAt(draft, { path: [...path, 'prompt'], value: step.prompt }).template;
    const system = systemOf(draft, [...path, 'system'], { own: step.system, inherited });
    const output = step.output && planOutputSchema(draft, [...path, 'output'], step.output);
    return {
      fields: { kind: 'model', ...model, prompt, ...(system && { system }), ...(output && { output }) },
      output: step.output ?? { type: 'string' },
      timeoutMs: MODEL_TIMEOUT_MS,
    };
  },
};

/** A model's system prompt is fixed; a step's may hold expressions. */
function systemOf(
  draft: Draft,
  path: Path,
  { own, inherited }: { own: string | undefined; inherited: string | undefined },
): Template | undefined {
  if (own !== undefined) return compileAt(draft, { path, value: own }).template;
  return inherited === undefined ? undefined : { kind: 'literal', value: inherited };
}

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
