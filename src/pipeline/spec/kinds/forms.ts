import type { z } from 'zod';
import { anyStep } from '../any-step.ts';
import { InnerCases, InnerStep, InnerSteps } from '../inner.ts';
import { JsonValue, map, namedBy, text } from '../value.ts';

/** The kinds that hold steps. */

export const GroupStepSpec = map({
  steps: InnerSteps.meta({
    description: 'Steps as one. They may read the steps around them; what others may read of them stands in `outputs`',
    examples: [{ draft: { model: 'fast', prompt: 'Say hello' } }],
  }),
  outputs: namedBy(JsonValue, 'a map of values')
    .optional()
    .meta({
      description: 'What the group gives',
      otherwise: 'a map of the ids of its steps to their outputs',
      expressions: true,
      examples: [{ text: '${{ steps.draft.output }}' }],
    }),
  ...anyStep,
}).meta({ id: 'GroupStep', description: 'Steps as one. Its output is what its `outputs` say' });

export const SwitchStepSpec = map({
  switch: text('an expression').meta({
    description: 'The value that chooses the case: the one whose name it is, as text',
    expressions: true,
    examples: ['${{ steps.classify.output.label }}'],
  }),
  cases: InnerCases.meta({
    description: 'A step for each value',
    examples: [{ bug: { tool: 'http.request', with: { url: 'https://tracker.example/new' } } }],
  }),
  default: InnerStep.optional().meta({
    description: 'The step for every other value',
    otherwise: 'another value fails the step',
    examples: [{ set: 'none' }],
  }),
  ...anyStep,
}).meta({ id: 'SwitchStep', description: 'One of several steps. Its output is that of the case that ran' });

export type SwitchStepSpec = z.infer<typeof SwitchStepSpec>;
export type GroupStepSpec = z.infer<typeof GroupStepSpec>;
