import { isLeaf } from '../src/pipeline/plan-steps.ts';
import type { RepeatPlan, StepPlan } from '../src/pipeline/plan.ts';
import type { StepResult } from '../src/pipeline/result.ts';
import { holds, type Place } from './call.ts';
import { failed, type Called } from './called.ts';
import { factsOf, innerFrame } from './frame.ts';
import { openFrame } from './group.ts';
import { runGuarded } from './guarded.ts';
import { blockAt, forget, formAt, type Memory } from './memory.ts';
import { callRounds } from './parts.ts';
import type { RunState } from './run-state.ts';
import { withSlot } from './slots.ts';

/** More rounds than these have a history of their own. */
const ROUNDS_HERE_MAX = 20;

export type Repeated = StepPlan & { readonly repeat: RepeatPlan };

/** What is remembered between rounds: which one goes on, from 1, and what the one before gave. */
interface Rounds {
  round: number;
  previous: readonly (readonly [string, StepResult])[] | null;
}

/** The step again and again, until its condition holds or there have been enough rounds. */
export function runRepeat(state: RunState, place: Place, step: Repeated): Promise<StepResult> {
  return step.repeat.max > ROUNDS_HERE_MAX ? callRounds(state, place, step) : runRounds(state, place, step);
}

export async function runRounds(state: RunState, place: Place, step: Repeated): Promise<StepResult> {
  const loop = openFrame(state, place);
  const rounds = formAt<Rounds>(state.memory, `${place.path}|rounds`, () => ({ round: 1, previous: null }));
  for (;;) {
    const { result, isLast, results } = await runRound(state, { frame: loop, path: place.path }, { step, rounds });
    if (result.status !== 'done') return result;
    if (isLast || rounds.round >= step.repeat.max)
      return ended(result, { step, rounds, isLast, facts: factsOf(loop.tally, 1) });
    rounds.previous = [...results];
    forget(state.memory, `${place.path}#${rounds.round}`);
    rounds.round += 1;
  }
}

interface Round {
  readonly step: Repeated;
  readonly rounds: Rounds;
}

async function runRound(
  state: RunState,
  { frame, path: loopPath }: Place,
  { step, rounds }: Round,
): Promise<{ result: StepResult; isLast: boolean; results: ReadonlyMap<string, StepResult> }> {
  const path = `${loopPath}#${rounds.round}`;
  const previous = rounds.previous === null ? {} : { previous: new Map(rounds.previous) };
  const around = innerFrame(frame, { path, ...previous });
  const result = await withSlot(state, isLeaf(step), () => runGuarded(state, { frame: around, path }, step));
  const results = step.kind === 'steps' ? innerResults(state.memory, path) : new Map([[step.id, result]]);
  const { until } = step.repeat;
  const seen = { frame: innerFrame(around, { path, results: new Map(results) }), path };
  return {
    result,
    isLast: result.status === 'done' && until !== undefined && (await holds(state, seen, until)),
    results,
  };
}

/** What the steps of a round gave; a round that was tried again has several blocks, of which the last one counts. */
function innerResults(memory: Memory, path: string): ReadonlyMap<string, StepResult> {
  const tries = memory.forms.get(`${path}|tries`) as { tried: number } | undefined;
  return blockAt(memory, tries === undefined || tries.tried === 1 ? path : `${path}~${tries.tried}`).results;
}

function ended(
  result: Extract<StepResult, { status: 'done' }>,
  { step, rounds, isLast, facts }: Round & { isLast: boolean; facts: ReturnType<typeof factsOf> },
): Called {
  const { max, until, onMax } = step.repeat;
  if (!isLast && until !== undefined && onMax === 'fail') {
    const message = `Cannot finish step "${step.id}": its condition did not hold within ${max} rounds`;
    return failedWith(facts, message);
  }
  return { ...result, ...facts, checks: result.checks, rounds: rounds.round, stopped: isLast ? 'until' : 'max' };
}

function failedWith(facts: ReturnType<typeof factsOf>, message: string): Called {
  return { ...failed('REPEAT_MAX', message), ...facts };
}
