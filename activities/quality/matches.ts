import { RE2JS } from 're2js';
import { z } from 'zod';
import { PipelineError } from '../../src/errors.ts';
import { patternProblem } from '../../src/pipeline/expression-host.ts';
import { quote } from '../quote.ts';
import { defineCheck } from './check.ts';
import { subjectText } from './subject-text.ts';

const Pattern = z.string().min(1).meta({ format: 'regex' });

export const matches = defineCheck({
  name: 'matches',
  description: 'Holds when a regular expression of RE2 matches some part of the text; "^" and "$" tie it to the ends.',
  options: z.union([Pattern, z.strictObject({ pattern: Pattern })], 'a text or { pattern: text } is allowed'),
  readsOutput: false,
  example: '^Dear (Ms|Mr) \\w+',
  run(subject, options) {
    const pattern = typeof options === 'string' ? options : options.pattern;
    const problem = patternProblem(pattern);
    if (problem !== undefined) throw new PipelineError('VALUE_INVALID', `Cannot use a pattern: ${problem}`);
    const text = subjectText(subject);
    // `test` asks for no groups, which is ten times as fast.
    if (RE2JS.compile(pattern).test(text)) {
      return { passed: true, score: 1, reason: `The text matches ${quote(pattern)}` };
    }
    const reason = `No part of the text matches ${quote(pattern)}; the text is ${quote(text)}`;
    return { passed: false, score: 0, reason };
  },
});
