import type { NameSchemas } from '../../expression/names.ts';
import type { JsonObject } from '../../json.ts';
import type { QuestionPlan, Template, TextPart } from '../../plan.ts';
import { type Path, placeText, wrongValue } from '../../problem.ts';
import { compileTemplate } from '../../template-compile.ts';
import { nameOf } from '../candidates.ts';
import type { Draft } from '../draft.ts';
import type { ModelPart } from '../models.ts';
import type { Subject } from './calling-check.ts';

const TIMEOUT_MS = 10 * 60_000;

interface Asked {
  readonly models: Omit<ModelPart, 'accept'>;
  readonly prompt: Template;
  readonly output: JsonObject;
  readonly subject: Subject;
}

/** What the models of a check are asked; `path` is where they are named. */
export function planQuestion(draft: Draft, path: Path, { models, prompt, output, subject }: Asked): QuestionPlan {
  reportSilent(draft, path, models);
  const { candidates, choice, system, maxOutputTokens, temperature } = models;
  return {
    candidates,
    ...(choice && { choice }),
    ...(system !== undefined && { system: { kind: 'literal', value: system } }),
    prompt,
    output: { kind: 'literal', value: output },
    maxOutputTokens,
    ...(temperature !== undefined && { temperature }),
    retry: subject.retry,
    timeoutMs: subject.timeoutMs ?? TIMEOUT_MS,
  };
}

/** A verdict is a structured answer. */
function reportSilent({ cards, problems }: Draft, path: Path, { candidates }: Asked['models']): void {
  for (const candidate of candidates) {
    const card = cards.findModel(candidate.provider, candidate.model);
    if (card?.abilities?.structured_output !== false) continue;
    const is = `${nameOf(candidate)} gives no structured answers, and the check needs one`;
    problems.push(wrongValue('MODEL_UNSUITABLE', path, `Cannot use ${placeText(path)}: ${is}`));
  }
}

/** A fixed text of ours, which may read these names. */
export function fixedText(text: string, schemas: NameSchemas): Template {
  return compileTemplate(text, { schemas }, { allowSecrets: false }).template;
}

/** Texts one after the other, as one. */
export function joinTexts(templates: readonly Template[]): Template {
  return { kind: 'text', parts: templates.flatMap(partsOf) };
}

/** Of what stands where a text is wanted. */
function partsOf(template: Template): readonly TextPart[] {
  if (template.kind === 'text') return template.parts;
  if (template.kind === 'expression') return [template];
  return [{ kind: 'text', text: (template as Extract<Template, { kind: 'literal' }>).value as string }];
}
