import { z } from 'zod';
import { anyStep } from '../any-step.ts';
import { InnerPipeline } from '../inner.ts';
import { JsonValue, map, text } from '../value.ts';

/** The kind that is another pipeline. */

const pipelineAllowed = 'the path of a file, relative to this one, or a pipeline';

export const PipelineStepSpec = map({
  pipeline: z.union([text(pipelineAllowed), InnerPipeline], { error: pipelineAllowed }).meta({
    description: 'The path of the file of another pipeline, relative to this one; or a pipeline, as in TypeScript',
    examples: ['./billing.yaml', { name: 'greet', steps: { hello: { set: 'Hello' } } }],
  }),
  with: z
    .record(z.string(), JsonValue, { error: 'a map of inputs' })
    .optional()
    .meta({
      description: 'The inputs of that pipeline',
      otherwise: 'each has its default',
      expressions: true,
      examples: [{ ticket: '${{ inputs.ticket }}' }],
    }),
  ...anyStep,
}).meta({ id: 'PipelineStep', description: 'Another pipeline. Its output is a map of the outputs of that one' });

export type PipelineStepSpec = z.infer<typeof PipelineStepSpec>;
