import type { BlockPlan } from '../src/pipeline/plan.ts';
import type { StepResult } from '../src/pipeline/result.ts';
import type { Scope } from '../src/pipeline/value.ts';
import { renderValue, type Place } from './call.ts';
import type { Called } from './called.ts';
import { emptyTally, factsOf, innerFrame, pathOf, type Frame } from './frame.ts';
import { blockAt, formAt } from './memory.ts';
import { runBlock, type BlockEnd } from './run-block.ts';
import type { RunState } from './run-state.ts';

/** Steps as one: their outputs, or the first failure among them. */
export function runGroup(state: RunState, place: Place, body: BlockPlan): Promise<Called> {
  return runInner(state, place, body);
}

/** Runs a block inside a frame, under a path of its own. */
export async function runInner(state: RunState, place: Place, body: BlockPlan): Promise<Called> {
  const frame = openFrame(state, place);
  const end = await runBlock(state, { frame, steps: body.steps });
  const called = end.status === 'failed' ? failedIn(frame, end.error) : await outputsIn(state, frame, body);
  // What its steps have done counts until the block itself has ended.
  blockAt(state.memory, frame.path).isOver = true;
  return called;
}

function failedIn(frame: Frame, { stepId, ...error }: Extract<BlockEnd, { status: 'failed' }>['error']): Called {
  const at = error.at ?? pathOf(frame, stepId ?? '');
  return { status: 'failed', error: { ...error, at }, ...factsOf(frame.tally, 1) };
}

async function outputsIn(state: RunState, frame: Frame, { outputs }: BlockPlan): Promise<Called> {
  const output = await renderValue(state, { frame, path: `${frame.path}.outputs` }, outputs);
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
