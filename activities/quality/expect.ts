import { z } from 'zod';
import { quote } from '../quote.ts';
import { defineCheck } from './check.ts';
import { subjectText } from './subject-text.ts';

export const expect = defineCheck({
  name: 'expect',
  description: 'Holds when the expression is true.',
  options: z.boolean('an expression that gives true or false is allowed'),
  readsOutput: true,
  example: '${{ output.confidence >= 0.6 }}',
  run(subject, isTrue, { expression = String(isTrue) }) {
    if (isTrue) return { passed: true, score: 1, reason: `As expected, ${quote(expression)} is true` };
    const reason = `Expected ${quote(expression)}, which is false; the output is ${quote(subjectText(subject))}`;
    return { passed: false, score: 0, reason };
  },
});
