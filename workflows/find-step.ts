import { planPathOf } from '../src/pipeline/fork/call-path.ts';
import { stepsByPath } from '../src/pipeline/fork/inner-blocks.ts';
import type { StepPlan } from '../src/pipeline/plan.ts';
import { suggestion } from '../src/pipeline/suggestion.ts';
import type { Refusal, Top } from './answer-messages.ts';
import type { BlockMemory } from './memory.ts';
import type { RunState } from './run-state.ts';

/** A step that has not started, and the path of the block that it is in. */
export interface Pending {
  readonly plan: StepPlan;
  readonly block: string;
}

/** Why nothing can be said of the step at a path: the plan has none there. `cannot` begins the sentence. */
export function unknownStep(top: Top, path: string, cannot: string): Refusal | undefined {
  const plans = plansOf(top);
  if (plans.has(planPathOf(path))) return undefined;
  const message = `${cannot} the run has no such step${suggestion(path, [...plans.keys()])}`;
  return { code: 'STEP_UNKNOWN', message };
}

/** The step at a path when it has not started, or else why it is none that could be left out. */
export function findPending({ memory }: RunState, top: Top, path: string): Pending | string {
  const plan = plansOf(top).get(planPathOf(path));
  const { block, id } = placeOf(path);
  if (plan === undefined || plan.id !== id) return 'it is neither held, nor waiting, nor a step that has not started';
  const around = memory.blocks.get(block);
  if (around === undefined) return whyNotInside(memory.blocks, top, block) ?? { plan, block };
  return whyStarted(around, id) ?? { plan, block };
}

function placeOf(path: string): { readonly block: string; readonly id: string } {
  const cut = path.lastIndexOf('/');
  return { block: path.slice(0, Math.max(cut, 0)), id: path.slice(cut + 1) };
}

function whyStarted({ results, running }: BlockMemory, id: string): string | undefined {
  const result = results.get(id);
  if (result !== undefined) return `it has ended as ${result.status}`;
  return running.has(id) ? 'it is running' : undefined;
}

/** A block that has not begun is remembered under a path that is known before only when nothing but groups are around it. */
function whyNotInside(blocks: ReadonlyMap<string, BlockMemory>, top: Top, path: string): string | undefined {
  const group = plansOf(top).get(path);
  const { block, id } = placeOf(path);
  const isPlain = group?.kind === 'steps' && group.forEach === undefined && group.repeat === undefined;
  if (!isPlain) return `"${path}" has not begun, and only then it is known what in it need not`;
  const around = blocks.get(block);
  const result = around?.results.get(id);
  if (result !== undefined) return `"${path}" has ended as ${result.status}`;
  return around === undefined ? whyNotInside(blocks, top, block) : undefined;
}

/** The steps of this history by their paths in the plan of the whole run. */
function plansOf({ frame, steps, at }: Top): ReadonlyMap<string, StepPlan> {
  const prefix = at === undefined ? planPathOf(frame.path) : placeOf(planPathOf(at)).block;
  const start = prefix === '' ? '' : `${prefix}/`;
  return new Map([...stepsByPath({ steps })].map(([path, step]) => [`${start}${path}`, step]));
}
