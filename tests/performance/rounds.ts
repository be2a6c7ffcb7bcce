import { setTimeout as delay } from 'node:timers/promises';
import type { Ground } from './ground.ts';
import { loadPerMinute, othersShare, readCpu, spin } from './machine.ts';
import { measure, needsWarmUp } from './measures/measures.ts';
import { bestSpin, disturbance } from './quiet.ts';
import type { Measured, Round } from './record.ts';
import type { Scenario, Size } from './scenarios.ts';

export interface RoundsOptions {
  readonly size: Size;
  /** The rounds of the scenarios before; their best spin is what this machine can do. */
  readonly earlier: readonly Round[];
  /** No second round begins later, in terms of `performance.now()`. */
  readonly until: number;
  readonly onRound: (round: Round, dropped: string | undefined) => Promise<void>;
}

/** As many again are tried when others disturb the rounds. */
const ATTEMPTS_PER_ROUND = 2;

/**
 * Runs a scenario: the lanes one directly after the other, in turns from first to last and from last to
 * first, so that whatever changes slowly meets all of them alike.
 */
export async function runScenario(ground: Ground, scenario: Scenario, options: RoundsOptions): Promise<Round[]> {
  const { size, earlier, until, onRound } = options;
  if (needsWarmUp(scenario.work)) await measureLanes(ground, scenario, { repeats: size.repeats, isReversed: false });
  const rounds: Round[] = [];
  let kept = 0;
  const mayGoOn = () => rounds.length === 0 || performance.now() < until;
  while (kept < size.rounds && rounds.length < size.rounds * ATTEMPTS_PER_ROUND && mayGoOn()) {
    await untilQuiet(until);
    const round = await runRound(ground, scenario, { number: rounds.length + 1, repeats: size.repeats });
    rounds.push(round);
    const dropped = disturbance(round, bestSpin([...earlier, ...rounds]));
    if (dropped === undefined) kept += 1;
    await onRound(round, dropped);
  }
  return rounds;
}

const SETTLE_MS = 300;

async function runRound(
  ground: Ground,
  scenario: Scenario,
  { number, repeats }: { number: number; repeats: number },
): Promise<Round> {
  const startedAt = new Date().toISOString();
  const before = readCpu();
  const spinBefore = spin();
  const lanes = await measureLanes(ground, scenario, { repeats, isReversed: number % 2 === 0 });
  const share = othersShare(before, readCpu());
  // Workers and servers tidy up a little after their last run.
  await delay(SETTLE_MS);
  const spinAfter = spin();
  return {
    type: 'round',
    scenario: scenario.name,
    round: number,
    startedAt,
    spinMs: [spinBefore, spinAfter],
    ...(share === undefined ? {} : { othersShare: share }),
    load: loadPerMinute(),
    lanes,
  };
}

async function measureLanes(
  ground: Ground,
  { lanes, work }: Scenario,
  { repeats, isReversed }: { repeats: number; isReversed: boolean },
): Promise<Record<string, Measured>> {
  const measured: Record<string, Measured> = {};
  for (const lane of isReversed ? lanes.toReversed() : lanes) {
    measured[lane] = await measure(ground, lane, { work, repeats });
  }
  return measured;
}

const QUIET_SHARE = 0.15;
const LISTEN_MS = 250;
const PATIENCE_MS = 5000;
/** Waiting takes at most one part in so many of the time that is left. */
const PATIENCE_SHARE = 10;

/** Waits a little for the others to fall quiet; a machine that stays busy is measured all the same, and the round dropped. */
async function untilQuiet(until: number): Promise<void> {
  const patienceMs = Math.min(PATIENCE_MS, (until - performance.now()) / PATIENCE_SHARE);
  for (let waited = 0; waited < patienceMs; waited += LISTEN_MS) {
    const before = readCpu();
    await delay(LISTEN_MS);
    if ((othersShare(before, readCpu()) ?? 0) < QUIET_SHARE) return;
  }
}
