import { z } from 'zod';
import { Duration, map, wholeNumber } from './value.ts';

export const ATTEMPTS_MAX = 100;

export const RetrySpec = map({
  attempts: wholeNumber(1, ATTEMPTS_MAX)
    .optional()
    .meta({ description: 'How often in all, the first time counted', otherwise: '5', examples: [3] }),
  backoff: Duration.optional().meta({
    description: 'The pause before the second attempt; it doubles each time',
    otherwise: '2s',
    examples: ['500ms'],
  }),
  max_backoff: Duration.optional().meta({
    description: 'The longest pause between two attempts',
    otherwise: '1m',
    examples: ['30s'],
  }),
}).meta({ id: 'Retry', description: 'How often and how fast a failed attempt is repeated' });

/** What becomes of a step that fails. */
export const failureKeys = {
  retry: RetrySpec.optional().meta({
    description: 'How often and how fast a failed attempt is repeated',
    examples: [{ attempts: 5, backoff: '2s', max_backoff: '1m' }],
  }),
  timeout: Duration.optional().meta({
    description: 'The longest that one attempt may take',
    otherwise: "10m for a model, 1m for a check, a tool's own",
    examples: ['30s'],
  }),
  on_error: z
    .enum(['fail', 'continue'], { error: 'fail or continue' })
    .optional()
    .meta({
      description: '`fail` ends the run; `continue` lets those steps go on that do not need this one',
      otherwise: '`fail`',
      examples: ['continue'],
    }),
};
