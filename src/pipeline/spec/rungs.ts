import { z } from 'zod';
import { askingKeys } from './asking.ts';
import { Template, map, text, wholeNumber } from './value.ts';

/** A ladder has so many rungs at most, and a model repairs its answer so often at most on one of them. */
export const RUNGS_MAX = 10;
export const REPAIRS_MAX = 5;

const timeoutAllowed = 'fail, accept or reject';

export const AskRungSpec = map({
  message: Template.optional().meta({
    description: 'What people are asked; it may read the output and the verdicts of the step itself',
    otherwise: 'which checks the output does not pass, and why',
    expressions: true,
    examples: ['Send this all the same? ${{ steps.draft.checks[0].reason }}'],
  }),
  ...askingKeys,
  on_timeout: z
    .enum(['fail', 'accept', 'reject'], { error: timeoutAllowed })
    .optional()
    .meta({
      description: 'What happens after the timeout: `fail` goes on to the next rung, the others count as chosen',
      otherwise: '`fail`',
      examples: ['accept'],
    }),
}).meta({
  id: 'AskRung',
  description: 'Shows people the output and what its checks say: they accept it, change it and accept it, or reject it',
});

const mapAllowed = 'a map with one of "repair", "model" and "ask"';

export const RungSpec = map(
  {
    repair: wholeNumber(1, REPAIRS_MAX)
      .optional()
      .meta({
        description: 'So often, at most, the model is asked again, with its answer and what the checks say of it',
        examples: [2],
      }),
    model: text('a name of "models", or provider/model,')
      .optional()
      .meta({
        description: 'Another model is asked the same question: a name of `models`, or `provider/model`',
        examples: ['writer'],
      }),
    ask: AskRungSpec.optional().meta({
      description: 'People decide',
      examples: [{ to: ['support-leads'], timeout: '1d' }],
    }),
  },
  mapAllowed,
).meta({ id: 'Rung', description: 'What is done about an output that does not pass its checks' });

const rungAllowed = `repair, ask, continue, or ${mapAllowed}`;
const ladderAllowed = `a list of 1 to ${RUNGS_MAX} rungs, such as [repair, ask],`;

export const LadderSpec = z
  .array(z.union([z.enum(['repair', 'ask', 'continue'], { error: rungAllowed }), RungSpec], { error: rungAllowed }), {
    error: ladderAllowed,
  })
  .min(1, { error: ladderAllowed })
  .max(RUNGS_MAX, { error: ladderAllowed })
  .meta({
    id: 'Ladder',
    description: 'What is done, in this order, until the checks pass: `repair`, another `model`, `ask`, `continue`',
  });

export type AskRungSpec = z.infer<typeof AskRungSpec>;
export type LadderSpec = z.infer<typeof LadderSpec>;
