import { z } from 'zod';
import { ID_PATTERN, JsonValue, map, text, wholeNumber } from './value.ts';

export const ITEMS_MAX = 1_000_000;
export const ITEMS_AT_A_TIME_MAX = 500;
export const ROUNDS_MAX = 10_000;

const listAllowed = 'an expression that gives a list, or a list';
const expressionAllowed = 'an expression';

const nameAllowed = 'a name of lower-case letters, digits and "_", beginning with a letter,';
const Name = z.string({ error: nameAllowed }).regex(ID_PATTERN, { error: nameAllowed });

export const RepeatSpec = map({
  until: text(expressionAllowed)
    .optional()
    .meta({
      description: 'Read when a round has ended: true ends the repetition. It may read the steps of that round',
      otherwise: '`max` rounds are made',
      expressions: true,
      examples: ['${{ steps.review.output.score >= 8 }}'],
    }),
  max: wholeNumber(1, ROUNDS_MAX).meta({ description: 'The highest number of rounds', examples: [4] }),
  on_max: z
    .enum(['continue', 'fail'], { error: 'continue or fail' })
    .optional()
    .meta({
      description: 'What becomes of the step when `until` is false after the last round',
      otherwise: '`continue`',
      examples: ['fail'],
    }),
}).meta({ id: 'Repeat', description: 'The step again and again' });

/** What makes many of one step. */
export const loopKeys = {
  for_each: z
    .union([text(listAllowed), z.array(JsonValue)], { error: listAllowed })
    .optional()
    .meta({
      description: 'The step once for each item of a list. Its output is the list of their outputs',
      expressions: true,
      examples: ['${{ inputs.parts }}', ['north', 'south']],
    }),
  as: Name.optional().meta({
    description: 'The name of the item in expressions',
    otherwise: '`item`',
    examples: ['part'],
  }),
  index: Name.optional().meta({
    description: "The name of the item's number in expressions, from 0",
    otherwise: '`index`',
    examples: ['number'],
  }),
  key: text(expressionAllowed)
    .optional()
    .meta({
      description: 'A text of its own for each item; the output is then a map from these to the outputs',
      otherwise: 'the output is a list',
      expressions: true,
      examples: ['${{ part.id }}'],
    }),
  max: wholeNumber(1, ITEMS_MAX)
    .optional()
    .meta({
      description: 'The highest number of items; a longer list fails the step',
      otherwise: '1000, or what the schema of the list allows',
      examples: [200],
    }),
  concurrency: wholeNumber(1, ITEMS_AT_A_TIME_MAX)
    .optional()
    .meta({ description: 'How many items go on at a time', otherwise: '10', examples: [8] }),
  on_item_error: z
    .enum(['fail', 'continue'], { error: 'fail or continue' })
    .optional()
    .meta({
      description: '`continue` puts null in the place of an item that failed; `fail` fails the step',
      otherwise: '`fail`',
      examples: ['continue'],
    }),
  repeat: RepeatSpec.optional().meta({
    description: 'The step again and again. Its output is that of the last round',
    examples: [{ until: '${{ steps.review.output.score >= 8 }}', max: 4 }],
  }),
};
