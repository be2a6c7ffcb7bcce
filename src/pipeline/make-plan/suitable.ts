import type { ModelCard } from '../card.ts';
import type { ModelStepPlan, Template } from '../plan.ts';
import { type Path, placeText, wrongValue } from '../problem.ts';
import { nameOf } from './candidates.ts';
import type { Draft } from './draft.ts';

/** What a model step asks of its models. */
export type Asked = Pick<
  ModelStepPlan,
  'candidates' | 'maxOutputTokens' | 'output' | 'tools' | 'attach' | 'system' | 'prompt' | 'messages'
>;

/** Reports the models of a step that are known not to be able to do what it asks. What is not known is allowed. */
export function reportUnsuitable(draft: Draft, path: Path, asked: Asked): void {
  const what = `Cannot use ${placeText([...path, 'model'])}`;
  for (const candidate of asked.candidates) {
    const card = draft.cards.findModel(candidate.provider, candidate.model);
    const is = card && faultOf(card, asked);
    if (is !== undefined) {
      const message = `${what}: ${nameOf(candidate)} ${is}`;
      draft.problems.push(wrongValue('MODEL_UNSUITABLE', [...path, 'model'], message));
    } else if (card?.abilities?.images === false && asked.attach !== undefined) {
      const message = `${what}: ${nameOf(candidate)} takes no pictures, and so only texts among what "attach" gives`;
      draft.warnings.push({ ...wrongValue('MODEL_UNSUITABLE', [...path, 'model'], message), severity: 'warning' });
    }
  }
}

function faultOf({ abilities = {}, contextTokens = Infinity }: ModelCard, asked: Asked): string | undefined {
  const { output, tools, maxOutputTokens } = asked;
  if (output !== undefined && abilities.structured_output === false)
    return 'gives no structured answers, and the step has "output"';
  // A model that calls no tools by itself says by a structured answer what it would call.
  if (tools !== undefined && abilities.tools === false && abilities.structured_output !== true)
    return 'calls no tools, and the step has "tools"';
  const least = leastTokens(asked) + maxOutputTokens;
  if (least <= contextTokens) return undefined;
  return `takes ${contextTokens} tokens, and what the step says and gets is at least ${least}`;
}

/** In no language that people write is a token longer than this on average, white space aside. */
const CHARS_PER_TOKEN_MAX = 8;

/** What is fixed in the messages has at least so many tokens. */
function leastTokens({ system, prompt, messages = [] }: Asked): number {
  const templates = [system, prompt, ...messages.map(({ text }) => text)].filter((each) => each !== undefined);
  const chars = templates.flatMap(fixedTexts).reduce((sum, text) => sum + text.replaceAll(/\s+/gu, ' ').length, 0);
  return Math.floor(chars / CHARS_PER_TOKEN_MAX);
}

/** Messages are texts. */
function fixedTexts(template: Template): readonly string[] {
  if (template.kind === 'literal') return [template.value as string];
  if (template.kind !== 'text') return [];
  return template.parts.flatMap((part) => (part.kind === 'text' ? [part.text] : []));
}
