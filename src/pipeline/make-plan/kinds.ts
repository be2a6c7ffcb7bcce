import { effectOf } from '../card.ts';
import type { Json, JsonSchema } from '../json.ts';
import type { CheckStepPlan, ModelStepPlan, SetStepPlan, Template, ToolStepPlan } from '../plan.ts';
import { type Path, placeText, valueText, wrongValue } from '../problem.ts';
import type { CheckStepSpec, ModelStepSpec, SetStepSpec, StepSpec, ToolStepSpec } from '../spec.ts';
import { suggestion } from '../suggestion.ts';
import type { WrittenCheck } from './checks.ts';
import { compileAt, type Draft } from './draft.ts';
import { fitProblems } from './fit.ts';
import { modelsOf } from './models.ts';
import { planOutputSchema } from './output-schema.ts';

/** What a step's kind makes of it. */
export interface KindPart {
  readonly fields: KindFields;
  /** Everything in it that reads something. */
  readonly templates: readonly Template[];
  /** What the step gives when it runs. */
  readonly output: JsonSchema;
  /** Checks that belong to the kind, before those that any step may have. */
  readonly checks: readonly WrittenCheck[];
  /** Of one attempt, unless the step says otherwise. */
  readonly timeoutMs: number;
}

type KindFields =
  | Pick<ModelStepPlan, 'kind' | 'candidates' | 'system' | 'prompt' | 'output' | 'temperature' | 'maxOutputTokens'>
  | Pick<ToolStepPlan, 'kind' | 'tool' | 'effect' | 'with'>
  | Pick<CheckStepPlan | SetStepPlan, 'kind' | 'value'>;

const MODEL_TIMEOUT_MS = 10 * 60_000;
const CHECK_TIMEOUT_MS = 60_000;

export function kindPartOf(draft: Draft, path: Path, step: StepSpec): KindPart {
  if ('model' in step) return modelPart(draft, path, step);
  if ('tool' in step) return toolPart(draft, path, step);
  return 'check' in step ? checkPart(draft, path, step) : setPart(draft, path, step);
}

/** What a step gives, as far as its kind alone tells. */
export function knownOutput({ cards }: Draft, step: StepSpec): JsonSchema {
  if ('model' in step) return step.output ?? { type: 'string' };
  return ('tool' in step && cards.tools.find(({ name }) => name === step.tool)?.output) || true;
}

function modelPart(draft: Draft, path: Path, step: ModelStepSpec): KindPart {
  const { system: inherited, ...model } = modelsOf(draft, [...path, 'model'], step.model);
  const prompt = compileAt(draft, { path: [...path, 'prompt'], value: step.prompt }).template;
  const system = systemOf(draft, [...path, 'system'], { own: step.system, inherited });
  const output = step.output && planOutputSchema(draft, [...path, 'output'], step.output);
  return {
    fields: { kind: 'model', ...model, prompt, ...(system && { system }), ...(output && { output }) },
    templates: [prompt, system, output].filter((template) => template !== undefined),
    output: knownOutput(draft, step),
    checks: [],
    timeoutMs: MODEL_TIMEOUT_MS,
  };
}

/** A model's system prompt is fixed; a step's may hold expressions. */
function systemOf(
  draft: Draft,
  path: Path,
  { own, inherited }: { own: string | undefined; inherited: string | undefined },
): Template | undefined {
  if (own !== undefined) return compileAt(draft, { path, value: own }).template;
  return inherited === undefined ? undefined : { kind: 'literal', value: inherited };
}

function toolPart(draft: Draft, path: Path, step: ToolStepSpec): KindPart {
  const card = draft.cards.tools.find(({ name }) => name === step.tool);
  const place = { path: [...path, 'with'], value: step.with ?? {} };
  const { template, schema: filledIn } = compileAt(draft, place, { allowSecrets: true });
  if (card === undefined) {
    const hint = suggestion(
      step.tool,
      draft.cards.tools.map(({ name }) => name),
    );
    const message = `Cannot use ${placeText([...path, 'tool'])}: there is no tool ${valueText(step.tool)}${hint}`;
    draft.problems.push(wrongValue('TOOL_UNKNOWN', [...path, 'tool'], message));
  } else {
    draft.problems.push(...fitProblems({ ...place, filledIn, schema: card.input }, draft.schemas));
  }
  return {
    fields: {
      kind: 'tool',
      tool: step.tool,
      effect: card === undefined ? 'once' : effectOf(card, template),
      with: template,
    },
    templates: [template],
    output: knownOutput(draft, step),
    checks: [],
    timeoutMs: card?.timeoutMs ?? CHECK_TIMEOUT_MS,
  };
}

function checkPart(draft: Draft, path: Path, step: CheckStepSpec): KindPart {
  const { value, ...checks } = step.check as { readonly value: Json; readonly [name: string]: Json };
  const compiled = compileAt(draft, { path: [...path, 'check', 'value'], value });
  const written = Object.entries(checks).map(([name, options]) => ({ name, options, path: [...path, 'check', name] }));
  if (written.length === 0) {
    const message = `Cannot use ${placeText([...path, 'check'])}: it has no check besides "value"`;
    draft.problems.push(wrongValue('VALUE_INVALID', [...path, 'check'], message));
  }
  return { ...valuePart('check', compiled), checks: written };
}

function setPart(draft: Draft, path: Path, step: SetStepSpec): KindPart {
  return valuePart('set', compileAt(draft, { path: [...path, 'set'], value: step.set }));
}

function valuePart(kind: 'check' | 'set', { template, schema }: { template: Template; schema: JsonSchema }): KindPart {
  return {
    fields: { kind, value: template },
    templates: [template],
    output: schema,
    checks: [],
    timeoutMs: CHECK_TIMEOUT_MS,
  };
}
