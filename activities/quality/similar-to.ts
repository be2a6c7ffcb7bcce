import { z } from 'zod';
import { PipelineError } from '../../src/errors.ts';
import { quote } from '../quote.ts';
import { defineCheck } from './check.ts';
import { subjectText } from './subject-text.ts';
import { textSimilarity } from './text-similarity.ts';

export const similarTo = defineCheck({
  name: 'similar_to',
  description: 'Holds when the text shares at least `pass` of its groups of three characters with another text.',
  options: z.strictObject({
    text: z.string().min(1),
    pass: z
      .number()
      .min(0)
      .max(1)
      .default(0.8)
      .describe('From 0, nothing in common, to 1, equal but for capitals and spaces'),
  }),
  readsOutput: false,
  example: { text: 'Thank you for your order.', pass: 0.7 },
  run(subject, { text, pass }) {
    const given = subjectText(subject);
    refuseLong(given);
    refuseLong(text);
    const score = textSimilarity(given, text);
    const passed = score >= pass;
    const reason = `The text is similar to ${quote(text)} by ${score}, at least ${pass} is wanted`;
    return { passed, score, reason: passed ? reason : `${reason}; it is ${quote(given)}` };
  },
});

/** Comparing gives way to nothing else in the worker, so it may not take long. */
const CHARACTERS_MAX = 200_000;

function refuseLong({ length }: string): void {
  if (length <= CHARACTERS_MAX) return;
  const reason = `one has ${length} characters, at most ${CHARACTERS_MAX} are allowed`;
  throw new PipelineError('VALUE_INVALID', `Cannot compare two texts: ${reason}`);
}
