import { isCancellation } from '@temporalio/workflow';
import { triesOf, type RungTry } from '../src/pipeline/ladder.ts';
import type { StepPlan } from '../src/pipeline/plan.ts';
import type { Place } from './call.ts';
import { readError, type Called, type Done } from './called.ts';
import { failedAt, isMissed, judge, noteRung, refused, taken, type Ladder } from './ladder.ts';
import { formAt } from './memory.ts';
import { askAgain } from './rung-again.ts';
import { askPeople } from './rung-people.ts';
import { spentBy } from './rung-spending.ts';
import type { RunState } from './run-state.ts';
import { withoutSlot } from './slots.ts';

interface Climbing {
  readonly step: StepPlan;
  readonly ladder: Ladder;
  readonly rung: RungTry;
}

/** Asks the checks of a step about what it gave. What does not pass them is kept, if there is a ladder to climb. */
export async function passGate(
  state: RunState,
  place: Place,
  { step, called }: { readonly step: StepPlan; readonly called: Done },
): Promise<Called> {
  const judged = await judge(state, place, { step, called });
  if (step.onCheckFail === undefined || !isMissed(judged)) return judged;
  formAt<Ladder>(state.memory, ladderAt(place), () => ({
    called,
    verdicts: judged.checks,
    climbed: 0,
    rungs: [],
    spent: spentBy(judged),
  }));
  return judged;
}

function ladderAt({ path }: Place): string {
  return `${path}|ladder`;
}

export function isClimbing({ memory }: RunState, place: Place): boolean {
  return memory.forms.has(ladderAt(place));
}

/** Climbs the ladder of a step rung by rung, until an output passes the checks or somebody takes it; it has been opened. */
export async function climb(state: RunState, place: Place, step: StepPlan): Promise<Called> {
  const { forms } = state.memory;
  const ladder = forms.get(ladderAt(place)) as Ladder;
  try {
    const called = await withoutSlot(state, step, () => goUp(state, place, { step, ladder }));
    forms.delete(ladderAt(place));
    return called;
  } catch (error) {
    if (isCancellation(error)) throw error;
    forms.delete(ladderAt(place));
    return failedAt(ladder, readError(error));
  }
}

async function goUp(state: RunState, place: Place, { step, ladder }: Omit<Climbing, 'rung'>): Promise<Called> {
  const tries = triesOf(step.onCheckFail ?? []);
  for (let rung = tries[ladder.climbed]; rung !== undefined; rung = tries[ladder.climbed]) {
    const ended = await climbRung(state, place, { step, ladder, rung });
    if (ended !== undefined) return ended;
  }
  return refused(place, ladder);
}

/** Nothing comes back when the next rung is to be climbed. */
async function climbRung(state: RunState, place: Place, climbing: Climbing): Promise<Called | undefined> {
  const { ladder, rung, step } = climbing;
  switch (rung.kind) {
    case 'repair':
    case 'model':
      // Only steps that ask models have such rungs.
      return askAgain(state, place, { ladder, rung, step: step as Extract<StepPlan, { kind: 'model' }> });
    case 'ask':
      return askPeople(state, place, { ladder, rung, step });
    case 'continue':
      noteRung(ladder, { rung: 'continue', status: 'taken', costNanoUsd: 0 });
      return taken(ladder);
  }
}
