import { z } from 'zod';
import { PromptText } from './kinds/conversation.ts';
import { JsonValue, map, text, wholeNumber } from './value.ts';

/** What stands behind the checks that call models and tools. */

/** So many votes a judge has at most. */
export const VOTES_MAX = 9;
export const JUDGE_PASS_DEFAULT = 0.7;
export const GROUNDED_PASS_DEFAULT = 1;

const scoreAllowed = 'a number from 0 to 1';
const Score = z.number({ error: scoreAllowed }).min(0, { error: scoreAllowed }).max(1, { error: scoreAllowed });

const modelAllowed = 'a model or a list of models';
const ModelNames = z.union([text(modelAllowed), z.array(text(modelAllowed)).min(1, { error: modelAllowed })], {
  error: modelAllowed,
});

export const JudgeOptions = map({
  model: ModelNames.meta({
    description: 'A name of `models`, or `provider/model`, or a list of these in order of preference',
    examples: ['writer'],
  }),
  rubric: PromptText.meta({
    description: 'What is asked of the output, or the file that says so. May hold expressions, the file too',
    examples: ['The answer is polite and names the order.'],
  }),
  votes: wholeNumber(1, VOTES_MAX)
    .optional()
    .meta({
      description: 'How often the model is asked; the median of the scores counts',
      otherwise: '1',
      examples: [3],
    }),
  pass: Score.optional().meta({
    description: 'The score, from 0 to 1, that is needed',
    otherwise: String(JUDGE_PASS_DEFAULT),
    examples: [0.8],
  }),
});

export const GroundedOptions = map({
  sources: JsonValue.meta({
    description: 'The texts that must show what the output claims: one, or a list of them',
    examples: [['${{ steps.page.output.markdown }}']],
  }),
  pass: Score.optional().meta({
    description: 'The share of the claims, from 0 to 1, that need a quote which stands in a source',
    otherwise: String(GROUNDED_PASS_DEFAULT),
    examples: [0.9],
  }),
  model: ModelNames.optional().meta({
    description: 'The model that finds the claims and their quotes',
    otherwise: 'that of the step; a step of another kind needs one',
    examples: ['writer'],
  }),
});

export const ToolCheckOptions = map({
  tool: text('the name of a tool').meta({ description: 'The tool that is called', examples: ['code.javascript'] }),
  with: z
    .record(z.string(), JsonValue, { error: 'a map' })
    .optional()
    .meta({
      description: "The tool's input. Its expressions may read `output`, the value that is judged, and `secrets`",
      otherwise: 'an empty map',
      examples: [{ input: '${{ output }}', code: 'return input.length < 280;' }],
    }),
});

export type JudgeOptions = z.infer<typeof JudgeOptions>;
export type GroundedOptions = z.infer<typeof GroundedOptions>;
export type ToolCheckOptions = z.infer<typeof ToolCheckOptions>;
