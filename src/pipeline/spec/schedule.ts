import { z } from 'zod';
import { allowedCron, allowedTimezone } from '../schedule-times.ts';
import { Duration, Id, JsonValue, map } from './value.ts';

export const CRONS_MAX = 20;

const cronAllowed = 'a text such as "0 6 * * 1"';
const cronsAllowed = `${cronAllowed}, or a list of 1 to ${CRONS_MAX} of these`;

/** What Temporal cannot run by is refused with what is allowed in place of the wrong part. */
const Cron = z.string({ error: cronsAllowed }).superRefine(refuseUnless(allowedCron));
const Timezone = z.string({ error: 'a text' }).superRefine(refuseUnless(allowedTimezone));

function refuseUnless(allowed: (text: string) => string | undefined) {
  return (text: string, context: z.RefinementCtx<string>): void => {
    const message = allowed(text);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  };
}

export const ScheduleSpec = map({
  cron: z
    .union(
      [
        Cron,
        z.array(Cron, { error: cronsAllowed }).min(1, { error: cronsAllowed }).max(CRONS_MAX, { error: cronsAllowed }),
      ],
      { error: cronsAllowed },
    )
    .meta({
      description: 'When: minute, hour, day of the month, month and day of the week, as for cron; or several of these',
      examples: ['0 6 * * 1', ['0 6 * * mon-fri', '0 9 * * sat,sun']],
    }),
  timezone: Timezone.optional().meta({
    description: 'The time zone of these times, by its IANA name',
    otherwise: '`UTC`',
    examples: ['Europe/Berlin'],
  }),
  overlap: z
    .enum(['skip', 'buffer_one', 'buffer_all', 'cancel_other', 'allow_all'], {
      error: 'skip, buffer_one, buffer_all, cancel_other or allow_all',
    })
    .optional()
    .meta({
      description:
        'What becomes of a time when the run before goes on: it is left out; one such run waits, or all of them; the run before is cancelled; both go on',
      otherwise: '`skip`',
      examples: ['buffer_one'],
    }),
  catchup: Duration.optional().meta({
    description: 'How late a run may begin when the server was away at its time',
    otherwise: '1h',
    examples: ['10m'],
  }),
  with: z
    .record(Id, JsonValue, { error: 'a map of inputs' })
    .optional()
    .meta({
      description: 'The inputs of these runs',
      otherwise: 'each has its default',
      examples: [{ tone: 'formal' }],
    }),
}).meta({ id: 'Schedule', description: 'When a pipeline runs by itself' });

export type ScheduleSpec = z.infer<typeof ScheduleSpec>;
