import { z } from 'zod';
import { map, text, wholeNumber } from './value.ts';

const ModelName = text('a model, written provider/model,');
const modelListAllowed = 'a model, written provider/model, or a list of them';
const ModelNames = z.union([ModelName, z.array(ModelName).min(1, { error: modelListAllowed })], {
  error: modelListAllowed,
});

export const ModelSettings = map({
  use: ModelNames.meta({
    description: 'The model, or several in order of preference: the next is tried when one cannot answer',
    examples: ['ollama/smollm2:135m', ['anthropic/claude-sonnet-4-5', 'openai/gpt-5']],
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
}).meta({ id: 'Model', description: 'A model with its settings' });

export const ModelSpec = z.union([ModelName, ModelSettings], {
  error: 'a model, written provider/model, or a map with "use"',
});

export type ModelSpec = z.infer<typeof ModelSpec>;
