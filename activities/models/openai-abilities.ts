import type { Abilities } from './provider.ts';

const ALL: Abilities = { tools: true, images: true, structuredOutput: true };
const TEXT_ONLY: Abilities = { tools: false, images: false, structuredOutput: false };

/** What OpenAI's pages on its models say, by how their names begin; the first line that fits counts. */
const BY_NAME: readonly (readonly [RegExp, Partial<Abilities>])[] = [
  // Models for sound, pictures and search differ from those whose names they carry on.
  [/-(audio|realtime|transcribe|tts|image|search)/, {}],
  [/^(chatgpt-|gpt-[\d.]+-chat)/, { tools: false, images: true, structuredOutput: false }],
  [/^o1-(mini|preview)/, TEXT_ONLY],
  [/^o3-mini/, { ...ALL, images: false }],
  [/^(o[134]|gpt-4o|gpt-4\.\d|gpt-[5-9])/, ALL],
  [/^gpt-4-turbo(?!-preview)/, { ...ALL, structuredOutput: false }],
  [/^(gpt-4|gpt-3\.5-turbo)(?!.*instruct)/, { ...TEXT_ONLY, tools: true }],
];

/** What a model of OpenAI itself can do; nothing is said of models that are not known. A fine-tuned one does what its base does. */
export function openAiAbilities(model: string): Partial<Abilities> {
  const base = model.replace(/^ft:/, '');
  return BY_NAME.find(([pattern]) => pattern.test(base))?.[1] ?? {};
}
