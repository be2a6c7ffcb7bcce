import { parseDuration } from '../duration.ts';
import type { JsonSchema } from '../json.ts';
import type { InputPlan, SchedulePlan } from '../plan.ts';
import type { ScheduleSpec } from '../spec/schedule.ts';
import type { Draft } from './draft.ts';
import { checkGivenInputs } from './given-inputs.ts';

/** When a pipeline runs by itself, and with which inputs. */
export function planSchedule(
  draft: Draft,
  { cron, timezone = 'UTC', overlap = 'skip', catchup = '1h', with: given = {} }: ScheduleSpec,
  inputs: Readonly<Record<string, InputPlan>>,
): SchedulePlan {
  const filledIn = Object.fromEntries(Object.keys(given).map((name): [string, JsonSchema] => [name, true]));
  checkGivenInputs(draft, { path: ['schedule', 'with'], value: given, filledIn, inputs });
  return { cron: [cron].flat(), timezone, overlap, catchupMs: parseDuration(catchup) as number, with: given };
}
