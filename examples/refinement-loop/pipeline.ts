import { expr, pipeline } from 'orchestrator';

/** The pipeline of `pipeline.yaml`, built in TypeScript. What a round reads of the one before is said with its types. */
export const refinementLoop = pipeline({
  name: 'refinement-loop',
  description:
    'Write a text, have it reviewed, and write it again with the advice of the review until it is good enough.',
  version: '1',
  inputs: {
    topic: { type: 'string', minLength: 2, maxLength: 60, default: 'honey bees' },
    good: { type: 'integer', minimum: 1, maximum: 5, default: 4, description: 'The score that is good enough' },
  },
  models: {
    writer: { use: 'ollama/smollm2:135m', temperature: 0.7, max_output_tokens: 40, accept: ['length'] },
    reviewer: { use: 'ollama/smollm2:135m', temperature: 0, max_output_tokens: 60 },
  },
})
  .step(
    'refine',
    ({ block, inputs }) => ({
      steps: block
        .previous<{ write: string; review: { advice: string }; best: { score: number; text: string } }>()
        .step('write', ({ previous }) => ({
          model: 'writer',
          prompt: [
            `Write two sentences about ${inputs.topic}.`,
            `Your last version: ${expr`coalesce(${previous.write.output}, "none")`}`,
            `Advice: ${expr`coalesce(${previous.review.output.advice}, "Be clear.")`}`,
            '',
          ].join('\n'),
        }))
        .step('review', ({ steps }) => ({
          model: 'reviewer',
          prompt: [
            'Score this text from 1 (bad) to 5 (very good), and say what would make it better:',
            `${steps.write.output}`,
            '',
          ].join('\n'),
          output: {
            type: 'object',
            properties: {
              score: { enum: [1, 2, 3, 4, 5] },
              advice: { enum: ['Be shorter.', 'Be clearer.', 'Give an example.', 'Change nothing.'] },
            },
            required: ['score', 'advice'],
            additionalProperties: false,
          },
        }))
        .step('best', ({ previous, steps }) => ({
          set: {
            score: expr<number>`max(coalesce(${previous.best.output.score}, 0), ${steps.review.output.score})`,
            text: expr<string>`coalesce(${previous.best.output.score}, 0) > ${steps.review.output.score} ? ${previous.best.output.text} : ${steps.write.output}`,
          },
        }))
        .outputs(({ steps }) => ({ text: steps.best.output.text, score: steps.best.output.score })),
    }),
    {
      repeat: ({ inputs, steps }) => ({
        until: expr`${steps.review.output.score} >= ${inputs.good}`,
        max: 3,
        on_max: 'continue',
      }),
    },
  )
  .outputs(({ steps }) => ({
    text: expr`trim(${steps.refine.output.text})`,
    score: steps.refine.output.score,
    rounds: steps.refine.rounds,
    stopped: steps.refine.stopped,
  }));
