import { z } from 'zod';
import { map, text, wholeNumber } from './value.ts';

const ModelName = text('a model, written provider/model,');
const modelListAllowed = 'a model, written provider/model, or a list of them';
const useAllowed = 'a model, written provider/model, a list of them, or "require" or "prefer" in its place,';

const Needed = z.literal(true, { error: 'true' });

export const Requirements = map({
  structured_output: Needed.optional().meta({ description: 'It answers by a JSON Schema', examples: [true] }),
  tools: Needed.optional().meta({ description: 'It calls tools', examples: [true] }),
  images: Needed.optional().meta({ description: 'It takes pictures', examples: [true] }),
  context_tokens: wholeNumber(1, 100_000_000)
    .optional()
    .meta({ description: 'So many tokens, prompt and answer together, at least', examples: [32000] }),
  local: z
    .boolean({ error: 'true or false' })
    .optional()
    .meta({ description: 'It runs on a server of your own, or, with `false`, at a vendor', examples: [true] }),
}).meta({ id: 'Requirements', description: 'What a model must be known to be able to do' });

export const AcceptedEnds = z.array(z.enum(['length', 'refusal'], { error: 'length or refusal' }), {
  error: 'a list of length and refusal',
});

export const PREFERENCES = ['cost', 'speed', 'quality', 'balanced'] as const;

const ModelNames = z.union([ModelName, z.array(ModelName).min(1, { error: modelListAllowed })], {
  error: modelListAllowed,
});

export const ModelSettings = map({
  use: ModelNames.optional().meta({
    description: 'The model, or several in order of preference: the next is tried when one cannot answer',
    otherwise: 'every model that is known, if there is `require` or `prefer`',
    examples: ['ollama/smollm2:135m', ['anthropic/claude-sonnet-4-5', 'openai/gpt-5']],
  }),
  require: Requirements.optional().meta({
    description: 'What a model must be known to be able to do; the others are left out',
    otherwise: 'nothing',
    examples: [{ structured_output: true, context_tokens: 32000 }],
  }),
  prefer: z
    .enum(PREFERENCES, { error: 'cost, speed, quality or balanced' })
    .optional()
    .meta({
      description: 'Which of the models comes first. What is said about speed and quality stands in `models.yaml`',
      otherwise: 'the order of `use`, or `cost` without it',
      examples: ['cost'],
    }),
  price: z
    .literal('unknown', { error: 'unknown' })
    .optional()
    .meta({
      description: 'Allows models that are not in the catalog, and whose price nobody knows',
      otherwise: 'such models are refused',
      examples: ['unknown'],
    }),
  system: text('a text')
    .optional()
    .meta({
      description: 'The system prompt of every step that uses this name and has none of its own',
      examples: ['You are a senior support engineer.'],
    }),
  temperature: z
    .number({ error: 'a number from 0 to 2' })
    .min(0, { error: 'a number from 0 to 2' })
    .max(2, { error: 'a number from 0 to 2' })
    .optional()
    .meta({ description: 'How freely the model chooses words', otherwise: "the vendor's own", examples: [0.4] }),
  max_output_tokens: wholeNumber(1, 1_000_000)
    .optional()
    .meta({
      description: 'Where an answer is cut off',
      otherwise: "1024, or the model's limit if that is lower",
      examples: [1200],
    }),
  accept: AcceptedEnds.optional().meta({
    description: 'Ends of an answer that are no failure, for every step that uses this name and says nothing itself',
    otherwise: 'none',
    examples: [['length']],
  }),
})
  .superRefine(({ use, require, prefer }, context) => {
    if (use !== undefined || require !== undefined || prefer !== undefined) return;
    context.addIssue({ code: 'custom', path: ['use'], message: useAllowed });
  })
  .meta({ id: 'Model', description: 'A model with its settings' });

export const ModelSpec = z.union([ModelName, ModelSettings], {
  error: 'a model, written provider/model, or a map with "use" or "require"',
});

export type ModelSpec = z.infer<typeof ModelSpec>;
