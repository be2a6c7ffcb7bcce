import type { z } from 'zod';
import { anyStep } from '../any-step.ts';
import { InnerSteps } from '../inner.ts';
import { JsonValue, map, namedBy } from '../value.ts';

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

export type GroupStepSpec = z.infer<typeof GroupStepSpec>;
