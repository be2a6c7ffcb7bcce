import { z } from 'zod';
import { JsonValue, Template, map } from './value.ts';

export const SaveToSpec = map({
  path: Template.meta({
    description: 'Relative, with `/`. A later file of the same path takes its place',
    expressions: true,
    examples: ['reply.md', 'drafts/${{ index }}.md'],
  }),
  value: JsonValue.meta({
    description: 'What the file holds: a text as it is, everything else as JSON. It may read the output of the step',
    expressions: true,
    examples: ['${{ steps.draft.output }}'],
  }),
}).meta({ id: 'SaveTo', description: 'A file of the run' });

/** What is kept of a step that is done. */
export const savingKeys = {
  save_to: SaveToSpec.optional().meta({
    description: 'A file of the run that people can fetch, written when the step is done',
    examples: [{ path: 'reply.md', value: '${{ steps.draft.output }}' }],
  }),
  reuse: z
    .literal('never', { error: 'never' })
    .optional()
    .meta({
      description: '`never`: a run that is forked from this one makes the call again, whatever it has changed',
      otherwise: 'an equal call is not made again',
      examples: ['never'],
    }),
};
