import type { SaveToPlan } from '../src/pipeline/plan.ts';
import type { StepError } from '../src/pipeline/result.ts';
import { checkPolicy } from './activity-options.ts';
import { callOf, makeCall, whileBusy, type Place } from './call.ts';
import type { RunState } from './run-state.ts';

/** Saves a file of the run for people; a second one under the same path takes its place. Gives what went wrong. */
export async function saveFile(
  state: RunState,
  place: Place,
  { path, value }: SaveToPlan,
): Promise<StepError | undefined> {
  const call = { ...callOf(state, place, [path, value]), to: path, value };
  const policy = checkPolicy({ summary: `${place.path}: save_to` });
  const saved = await whileBusy(state, () =>
    makeCall(state, { frame: place.frame, name: 'saveFile' }, { call, policy }),
  );
  if (!saved.ok) return saved.failure;
  const { file } = saved.result;
  const at = state.files.findIndex((known) => known.path === file.path);
  state.files.splice(at < 0 ? state.files.length : at, at < 0 ? 0 : 1, { ...file, step: place.path });
  return undefined;
}
