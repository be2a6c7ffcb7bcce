import { z } from 'zod';
import { InnerStep, InnerSteps } from './inner.ts';
import { Duration, JsonValue, map, namedBy, wholeNumber } from './value.ts';

export const ATTEMPTS_MAX = 100;

const codesAllowed = 'a list of codes of errors, such as [TOOL_FAILED],';
const Codes = z.array(z.string({ error: codesAllowed }), { error: codesAllowed }).min(1, { error: codesAllowed });

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
  within: Duration.optional().meta({
    description: 'The longest that all attempts and pauses may take: no other attempt begins after it',
    otherwise: 'no limit',
    examples: ['10m'],
  }),
  retry_on: Codes.optional().meta({
    description: 'The [codes](errors.md) of the failures that are repeated, and no others',
    otherwise: 'every failure that may pass',
    examples: [['NETWORK_FAILED', 'TOOL_HTTP_UNAVAILABLE']],
  }),
  never_on: Codes.optional().meta({
    description: 'The [codes](errors.md) of failures that are not repeated',
    otherwise: 'none',
    examples: [['STEP_TIMEOUT']],
  }),
}).meta({ id: 'Retry', description: 'How often and how fast a failed attempt is repeated' });

export const HandlerSpec = map({
  value: JsonValue.optional().meta({
    description: 'The output in place of that of the step',
    expressions: true,
    examples: [[], '${{ "sorry: " + steps.search.error.message }}'],
  }),
  steps: InnerSteps.optional().meta({
    description: 'Steps that make good what failed',
    examples: [{ report: { set: '${{ steps.publish.error.code }}' } }],
  }),
  outputs: namedBy(JsonValue, 'a map of values')
    .optional()
    .meta({
      description: 'What those steps give as the output of the step that failed',
      otherwise: 'a map of their ids to their outputs',
      expressions: true,
      examples: [{ code: '${{ steps.report.output }}' }],
    }),
}).meta({ id: 'Handler', description: 'Makes good a step that failed' });

const onErrorAllowed = 'fail, continue, hold, or a map with "value" or "steps"';
const OnErrorSpec = z.union([z.enum(['fail', 'continue', 'hold'], { error: onErrorAllowed }), HandlerSpec], {
  error: onErrorAllowed,
});

/** What becomes of a step that fails. */
export const failureKeys = {
  retry: RetrySpec.optional().meta({
    description: 'How often and how fast a failed attempt is repeated',
    examples: [{ attempts: 5, backoff: '2s', max_backoff: '1m' }],
  }),
  timeout: Duration.optional().meta({
    description: 'The longest that one attempt may take',
    otherwise: "10m for a model, 1m for a check, a tool's own; none for a step that waits or holds steps",
    examples: ['30s'],
  }),
  on_error: OnErrorSpec.optional().meta({
    description:
      '`fail` ends the run; `continue` lets those steps go on that do not need this one; `hold` waits for a person; a map makes it good',
    otherwise: '`fail`',
    examples: ['continue', { value: [] }, { steps: { report: { set: '${{ steps.publish.error.code }}' } } }],
  }),
  compensate: InnerStep.optional().meta({
    description: 'A step, or `steps`, that undo this one when the run fails or is cancelled after it',
    otherwise: 'nothing is undone',
    examples: [
      {
        tool: 'http.request',
        with: { method: 'DELETE', url: 'https://tracker.example/replies/${{ steps.publish.output.body.id }}' },
      },
    ],
  }),
};
