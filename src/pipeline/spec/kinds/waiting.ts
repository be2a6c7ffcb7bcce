import { z } from 'zod';
import { anyStep } from '../any-step.ts';
import { askingKeys } from '../asking.ts';
import { Duration, JsonValue, Line, SchemaSpec, Template, map, text, wholeNumber } from '../value.ts';

/** The kinds that wait for people, for events or for a time, and the one that fails. */

export const OPTIONS_MAX = 20;
export const QUORUM_MAX = 100;

const { to, remind, escalate, timeout, notify } = askingKeys;

const optionsAllowed = `a list of 1 to ${OPTIONS_MAX} texts`;

export const ApprovalSpec = map({
  message: Template.meta({
    description: 'What people are asked',
    expressions: true,
    examples: ['Send this? ${{ steps.draft.output }}'],
  }),
  to,
  options: z
    .array(Line, { error: optionsAllowed })
    .min(1, { error: optionsAllowed })
    .max(OPTIONS_MAX, { error: optionsAllowed })
    .optional()
    .meta({
      description: 'What may be chosen',
      otherwise: '`[approve, reject]`',
      examples: [['send', 'reject']],
    }),
  edit: JsonValue.optional().meta({
    description: 'A value that the person may change; `edited` of the output is what became of it',
    otherwise: 'nothing can be changed',
    expressions: true,
    examples: ['${{ steps.draft.output }}'],
  }),
  answer: SchemaSpec.optional().meta({
    description: 'The [JSON Schema](#forms) of a form that the person fills in',
    otherwise: 'no form',
    examples: [{ type: 'object', properties: { reason: { type: 'string' } }, required: ['reason'] }],
  }),
  quorum: wholeNumber(1, QUORUM_MAX)
    .optional()
    .meta({ description: 'So many different people must choose the same', otherwise: '1', examples: [2] }),
  remind,
  escalate,
  timeout,
  on_timeout: Line.optional().meta({
    description: 'What happens after the timeout: `fail`, or the option that then counts as chosen',
    otherwise: '`fail`',
    examples: ['reject'],
  }),
  notify,
}).meta({ id: 'Approval', description: 'A question to people' });

export const ApproveStepSpec = map({
  approve: ApprovalSpec.meta({
    description: 'The question',
    examples: [{ message: 'Send this? ${{ steps.draft.output }}', options: ['send', 'reject'], timeout: '3d' }],
  }),
  ...anyStep,
}).meta({
  id: 'ApproveStep',
  description: 'Asks people. Its output is `{ choice, edited, answer, by, at, comment, answers }`',
});

export const waitAllowed =
  'a duration such as 2h, a time such as 2027-01-31T09:00:00Z, an expression or a map with "event"';
const onTimeoutAllowed = 'fail, continue or a map with "value"';

export const WaitForEventSpec = map({
  event: Line.meta({ description: 'The name of the event', examples: ['scanned'] }),
  match: text('an expression')
    .optional()
    .meta({
      description: 'Whether it is the event that is waited for; `event` in it is what the event brings',
      otherwise: 'every event of that name is',
      expressions: true,
      examples: ['${{ event.order == inputs.order }}'],
    }),
  schema: SchemaSpec.optional().meta({
    description: 'The [JSON Schema](#forms) of what the event brings; another event is refused',
    otherwise: 'anything',
    examples: [{ type: 'object', properties: { order: { type: 'string' } }, required: ['order'] }],
  }),
  timeout: Duration.optional().meta({
    description: 'How long to wait',
    otherwise: 'as long as it takes',
    examples: ['3d'],
  }),
  on_timeout: z
    .union(
      [
        z.enum(['fail', 'continue'], { error: onTimeoutAllowed }),
        map({
          value: JsonValue.meta({
            description: 'The output when no event came in time',
            expressions: true,
            examples: ['none'],
          }),
        }),
      ],
      { error: onTimeoutAllowed },
    )
    .optional()
    .meta({
      description: 'What happens after the timeout: `fail`, `continue` with null as the output, or with a `value`',
      otherwise: '`fail`',
      examples: ['continue', { value: { order: 'none' } }],
    }),
}).meta({ id: 'WaitForEvent', description: 'Waits for an event' });

export const WaitStepSpec = map({
  wait: z.union([text(waitAllowed).meta({ expressions: true }), WaitForEventSpec], { error: waitAllowed }).meta({
    description: 'A duration, a time with its offset, an expression that gives one, or an event',
    examples: ['2h', '2027-01-31T09:00:00Z', '${{ inputs.pause }}', { event: 'scanned', timeout: '3d' }],
  }),
  ...anyStep,
}).meta({
  id: 'WaitStep',
  description: 'Waits for a time or an event. Its output is what the event brings, or null',
});

export const FailStepSpec = map({
  fail: Template.meta({
    description: 'Why',
    expressions: true,
    examples: ['The order ${{ inputs.order }} has no lines'],
  }),
  ...anyStep,
}).meta({ id: 'FailStep', description: 'Fails with `STEP_REFUSED` and a reason. It has no output' });

export type ApprovalSpec = z.infer<typeof ApprovalSpec>;
export type WaitForEventSpec = z.infer<typeof WaitForEventSpec>;
export type ApproveStepSpec = z.infer<typeof ApproveStepSpec>;
export type WaitStepSpec = z.infer<typeof WaitStepSpec>;
export type FailStepSpec = z.infer<typeof FailStepSpec>;
