import { parseDuration } from '../../duration.ts';
import type { ModelStepPlan, Template } from '../../plan.ts';
import { type Path, placeText, wrongKey } from '../../problem.ts';
import type { MessagesSpec, PromptText } from '../../spec/kinds/conversation.ts';
import type { ModelStepSpec } from '../../spec/kinds/calls.ts';
import { planAttachments } from '../attachments.ts';
import type { Draft } from '../draft.ts';
import type { Kind } from '../kind.ts';
import { modelsOf } from '../models.ts';
import { planOfferedTools } from '../offered-tools.ts';
import { planOutputSchema } from '../output-schema.ts';
import { planText } from '../prompt-text.ts';
import { reportUnsuitable } from '../suitable.ts';

const TIMEOUT_MS = 10 * 60_000;
const ATTEMPTS = 5;
const TURNS_DEFAULT = 8;

export const modelKind: Kind<ModelStepSpec> = {
  attempts: ATTEMPTS,
  known: (_, step) => step.output ?? { type: 'string' },
  plan(draft, path, step) {
    const { system: inherited, ...model } = modelsOf(draft, [...path, 'model'], step.model);
    const system = systemOf(draft, [...path, 'system'], { own: step.system, inherited });
    const output = step.output && planOutputSchema(draft, [...path, 'output'], step.output);
    const fields = {
      kind: 'model',
      ...model,
      ...askedOf(draft, path, step),
      ...toolsOf(draft, path, step),
      ...(step.accept && { accept: step.accept }),
      ...(step.queue_timeout && { queueTimeoutMs: parseDuration(step.queue_timeout) as number }),
      ...(system && { system }),
      ...(output && { output }),
    } as const;
    reportUnsuitable(draft, path, fields);
    return {
      fields,
      output: step.output ?? { type: 'string' },
      timeoutMs: TIMEOUT_MS,
    };
  },
};

/** A model's system prompt is fixed; a step's may hold expressions. */
function systemOf(
  draft: Draft,
  path: Path,
  { own, inherited }: { own: PromptText | undefined; inherited: string | undefined },
): Template | undefined {
  if (own !== undefined) return planText(draft, path, own);
  return inherited === undefined ? undefined : { kind: 'literal', value: inherited };
}

function askedOf(
  draft: Draft,
  path: Path,
  { prompt, messages, attach }: ModelStepSpec,
): Pick<ModelStepPlan, 'prompt' | 'messages' | 'attach'> {
  return {
    ...(prompt !== undefined && { prompt: planText(draft, [...path, 'prompt'], prompt) }),
    ...(messages && { messages: planMessages(draft, [...path, 'messages'], messages) }),
    ...(attach && { attach: planAttachments(draft, [...path, 'attach'], attach) }),
  };
}

function planMessages(draft: Draft, path: Path, messages: MessagesSpec): NonNullable<ModelStepPlan['messages']> {
  return messages.map(({ user, assistant }, index) => {
    const role = user === undefined ? 'assistant' : 'user';
    const text = planText(draft, [...path, index, role], (user ?? assistant) as PromptText);
    return { role, text };
  });
}

function toolsOf(
  draft: Draft,
  path: Path,
  { tools, max_turns: maxTurns }: ModelStepSpec,
): Pick<ModelStepPlan, 'tools' | 'maxTurns'> {
  if (tools !== undefined) {
    return { tools: planOfferedTools(draft, [...path, 'tools'], tools), maxTurns: maxTurns ?? TURNS_DEFAULT };
  }
  if (maxTurns !== undefined) {
    const is = 'it has no "tools", and is asked once without them';
    draft.problems.push(
      wrongKey('VALUE_INVALID', [...path, 'max_turns'], `Cannot use ${placeText([...path, 'max_turns'])}: ${is}`),
    );
  }
  return {};
}
