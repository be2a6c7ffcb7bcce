import type { OfferedToolPlan } from './model-plan.ts';
import type { ModelStepPlan, Template } from './plan.ts';

/** What a model hears of its tools when it is asked for the first time. */
export function offersOf(tools: readonly OfferedToolPlan[]): {
  readonly tools: readonly Pick<OfferedToolPlan, 'tool' | 'description' | 'input'>[];
  readonly isOneByOne?: true;
} {
  const isAnyWrite = tools.some(({ effect, ask }) => ask !== undefined || effect === 'once' || effect === 'idempotent');
  return { tools: tools.map(offerOf), ...(isAnyWrite ? { isOneByOne: true } : {}) };
}

/** A tool as the model that may call it hears of it. */
export function offerOf({
  tool,
  description,
  input,
}: OfferedToolPlan): Pick<OfferedToolPlan, 'tool' | 'description' | 'input'> {
  return { tool, description, input };
}

type Asked = Pick<ModelStepPlan, 'system' | 'prompt' | 'messages' | 'attach' | 'output' | 'tools'>;

/** Everything that is filled in before a model is asked: what it is told, and what is fixed of the tools that it may call. */
export function modelTemplates(step: Asked): readonly Template[] {
  return [...askedTemplates(step), ...(step.tools ?? []).flatMap((tool) => tool.with ?? [])];
}

/** Only what the model is told. */
export function askedTemplates({ system, prompt, messages = [], attach = [], output }: Asked): readonly Template[] {
  const single = [system, prompt, output].filter((template) => template !== undefined);
  return [...single, ...messages.map(({ text }) => text), ...attach];
}
