import { z } from 'zod';
import { PipelineError } from '../../src/errors.ts';
import { defineCheck } from './check.ts';
import { subjectText } from './subject-text.ts';
import { LENGTH_UNITS, textLength } from './text-length.ts';

export const length = defineCheck({
  name: 'length',
  description: 'Holds when the text has at least `min` and at most `max` characters, words or tokens.',
  options: z
    .strictObject({
      min: z.int().min(0).optional(),
      max: z.int().min(0).optional(),
      unit: z.enum(LENGTH_UNITS).default('characters'),
      pass: z
        .number()
        .min(0)
        .max(1)
        .default(1)
        .describe('The share of the way to a bound that is enough: 0.9 lets a text be a tenth too short'),
    })
    // For the JSON Schema of the card, so that a pipeline without either is refused before it runs.
    .meta({ anyOf: [{ required: ['min'] }, { required: ['max'] }] }),
  readsOutput: false,
  example: { max: 120, unit: 'words' },
  async run(subject, { min, max, unit, pass }, { signal }) {
    const bounds = boundsText(min, max);
    const count = await textLength(subjectText(subject), unit, signal);
    const isWithin = count >= (min ?? 0) && count <= (max ?? Infinity);
    // The share of the way that is gone: half of `min`, or twice `max`, gives a half.
    const score = isWithin ? 1 : Math.min(count / Math.max(min ?? 0, 1), (max ?? Infinity) / Math.max(count, 1));
    return { passed: score >= pass, score, reason: `The text has ${count} ${unit}; ${bounds} are allowed` };
  },
});

/** Throws `VALUE_INVALID` for bounds that no text, or every text, is within. */
function boundsText(min: number | undefined, max: number | undefined): string {
  if (min !== undefined && max !== undefined) {
    if (min <= max) return `${min} to ${max}`;
    throw new PipelineError('VALUE_INVALID', `Cannot check a length: min ${min} is more than max ${max}`);
  }
  if (min !== undefined) return `at least ${min}`;
  if (max !== undefined) return `at most ${max}`;
  throw new PipelineError('VALUE_INVALID', 'Cannot check a length: min or max is needed');
}
