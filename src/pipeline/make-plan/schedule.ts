import { parseDuration } from '../duration.ts';
import type { JsonObject, JsonSchema } from '../json.ts';
import type { InputPlan, SchedulePlan } from '../plan.ts';
import { placeText, wrongKey } from '../problem.ts';
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
  const values = Object.fromEntries(Object.entries(given).filter(([name]) => inputs[name]?.files === undefined));
  const others = Object.fromEntries(Object.entries(inputs).filter(([, { files }]) => files === undefined));
  checkGivenInputs(draft, { path: ['schedule', 'with'], value: values, filledIn, inputs: others });
  refuseFiles(draft, given, inputs);
  return { cron: [cron].flat(), timezone, overlap, catchupMs: parseDuration(catchup) as number, with: given };
}

function refuseFiles({ problems }: Draft, given: JsonObject, inputs: Readonly<Record<string, InputPlan>>): void {
  for (const name of Object.keys(given).filter((each) => inputs[each]?.files !== undefined)) {
    const path = ['schedule', 'with', name];
    problems.push(wrongKey('VALUE_INVALID', path, `Cannot use ${placeText(path)}: a schedule gives no files`));
  }
  const needed = Object.entries(inputs).find(([, { files, isRequired }]) => files !== undefined && isRequired);
  if (needed === undefined) return;
  const is = `nobody gives a run that begins by itself the files of input "${needed[0]}", which are needed`;
  problems.push(wrongKey('VALUE_INVALID', ['schedule'], `Cannot use "schedule" of the pipeline: ${is}`));
}
