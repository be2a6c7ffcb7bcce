import type { BlockPlan } from '../src/pipeline/plan.ts';
import type { StepResult } from '../src/pipeline/result.ts';
import type { Scope } from '../src/pipeline/value.ts';
import { renderValue, type Place } from './call.ts';
import type { Called } from './called.ts';
import { emptyTally, factsOf, innerFrame, pathOf, type Frame } from './frame.ts';
import { blockAt, formAt } from './memory.ts';
import { runBlock } from './run-block.ts';
import type { RunState } from './run-state.ts';

/** Steps as one: their outputs, or the first failure among them. */
export function runGroup(state: RunState, place: Place, body: BlockPlan): Promise<Called> {
  return runInner(state, place, body);
}

/** Runs a block inside a frame, under a path of its own. */
export async function runInner(state: RunState, place: Place, body: BlockPlan): Promise<Called> {
  const frame = openFrame(state, place);
  const end = await runBlock(state, { frame, steps: body.steps });
  if (end.status === 'failed') {
    const { stepId, ...error } = end.error;
    const at = error.at ?? pathOf(frame, stepId ?? '');
    return { status: 'failed', error: { ...error, at }, ...factsOf(frame.tally, 1) };
  }
  const output = await renderValue(state, { frame, path: `${place.path}.outputs` }, body.outputs);
  return { status: 'done', output, ...factsOf(frame.tally, 1) };
}

interface Opened extends Place {
  readonly locals?: Scope;
  readonly previous?: ReadonlyMap<string, StepResult>;
}

/** A frame whose results and sums are remembered. */
export function openFrame(state: RunState, { frame, path, ...rest }: Opened): Frame {
  const { results } = blockAt(state.memory, path);
  const tally = formAt(state.memory, `${path}|tally`, emptyTally);
  return { ...innerFrame(frame, { path, results, ...rest }), tally };
}
