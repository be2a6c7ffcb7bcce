import type { StepPlan } from '../plan.ts';
import { isCheck, type Segment } from './call-path.ts';
import { innerBlocks, type InnerBlock } from './inner-blocks.ts';

/**
 * Whether a call must be made again when a run is forked from a step: it is a call of that step, or of one that comes
 * after it, there or in any block around it. Items are on their own; of rounds, all that follow come after.
 */
export function comesFrom(steps: readonly StepPlan[], call: readonly Segment[], from: readonly Segment[]): boolean {
  const [here, ...inside] = call as [Segment, ...Segment[]];
  const [start, ...deeper] = from as [Segment, ...Segment[]];
  const step = steps.find(({ id }) => id === start.id);
  if (step === undefined) return false;
  if (here.id !== start.id) return dependents(steps, start.id).has(here.id);
  if (start.item !== undefined && here.item !== start.item) return false;
  if (here.round !== undefined && (deeper.length > 0 || start.round !== undefined)) {
    const round = start.round ?? 1;
    if (here.round !== round) return here.round > round;
  }
  return deeper.length === 0 || isInsideFrom(step, inside, deeper);
}

/** The steps of a block that wait for another one, or for one that does. */
function dependents(steps: readonly StepPlan[], id: string): ReadonlySet<string> {
  const found = new Set([id]);
  // Steps stand in an order in which each comes after what it depends on.
  for (const step of steps) if (step.dependsOn.some((each) => found.has(each))) found.add(step.id);
  found.delete(id);
  return found;
}

/** What is judged is what the step gave, and that is new. */
function isCheckOf(inside: readonly Segment[]): boolean {
  return isCheck(inside[0] as Segment);
}

function isInsideFrom(step: StepPlan, inside: readonly Segment[], from: readonly Segment[]): boolean {
  // The call of the step itself came before its handler.
  if (inside.length === 0) return false;
  if (isCheckOf(inside)) return true;
  const [start, here] = [blockOf(step, from), blockOf(step, inside)];
  // A handler comes after what is inside the step.
  if (start.name !== here.name) return start.name === undefined;
  return comesFrom(here.steps, inside.slice(here.length), from.slice(start.length));
}

interface EnteredBlock extends InnerBlock {
  /** How many segments of the path name the block itself. */
  readonly length: number;
}

function blockOf(step: StepPlan, path: readonly Segment[]): EnteredBlock {
  const [first] = path as [Segment];
  const blocks = innerBlocks(step);
  const named = path.length > 1 ? blocks.find(({ name }) => name === first.id) : undefined;
  return named === undefined ? { ...(blocks[0] as InnerBlock), length: 0 } : { ...named, length: 1 };
}
