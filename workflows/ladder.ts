import type { StepPlan } from '../src/pipeline/plan.ts';
import type { RungFacts, StepError, Verdict } from '../src/pipeline/result.ts';
import type { Place } from './call.ts';
import { done, type Called, type Done } from './called.ts';
import { checked } from './checked.ts';
import type { Spent } from './rung-spending.ts';
import type { RunState } from './run-state.ts';

/** How far a step is on its ladder, as it is remembered. */
export interface Ladder {
  /** What is judged, as it was before that. */
  called: Done;
  /** What the checks say of it. */
  verdicts: readonly Verdict[];
  /** Tries of rungs that are over. */
  climbed: number;
  readonly rungs: RungFacts[];
  /** What everything so far has used, checks included. */
  spent: Spent;
}

/** Whether a check has said no; otherwise it could not be asked, or all is well. */
export function isMissed(judged: Called): boolean {
  return judged.status === 'failed' && judged.error.code === 'CHECK_FAILED';
}

const REASON_CHARACTERS = 300;

/** Writes down how a rung ended; it is not climbed again. */
export function noteRung(ladder: Ladder, rung: Omit<RungFacts, 'because'>, missed = ladder.verdicts): void {
  const because = missed
    .filter(({ passed }) => !passed)
    .map(({ check, score, reason }) => ({ check, score, reason: reason.slice(0, REASON_CHARACTERS) }));
  ladder.rungs.push({ ...rung, because });
  ladder.climbed += 1;
}

/** Asks the checks about what a step, or a rung, gave, and keeps what they say. */
export async function judge(
  state: RunState,
  at: Place,
  { step, called }: { readonly step: StepPlan; readonly called: Done },
): Promise<Called> {
  const judged = await checked(state, at, { step, called });
  for (const [index, verdict] of judged.checks.entries()) {
    const kind = step.checks[index]?.by?.kind;
    // The others are calls, which are kept already.
    if (kind !== 'judge' && kind !== 'tool') continue;
    const result = done(JSON.parse(JSON.stringify({ inline: verdict })));
    state.calls.push({ path: `${at.path}/check-${index}`, kind: 'check', endedAt: Date.now(), result });
  }
  return judged;
}

/** The output as it is now is that of the step. */
export function taken({ called, verdicts, rungs, spent }: Ladder): Done {
  return { ...called, ...spent, checks: verdicts, rungs };
}

/** The step fails with an error that no rung can do anything about. */
export function failedAt({ called, verdicts, rungs, spent }: Ladder, error: StepError): Called {
  const { status: _, output: __, ...facts } = called;
  return { ...facts, ...spent, status: 'failed', error, checks: verdicts, rungs };
}

/** The step fails since no rung has helped. */
export function refused({ path }: Place, ladder: Ladder): Called {
  const { verdicts, rungs, spent } = ladder;
  const reasons = verdicts.filter(({ passed }) => !passed).map(({ check, reason }) => `${check}: ${reason}`);
  const tried = rungs.map(rungText).join(', ');
  const message = `Cannot accept the output of step "${path}": ${reasons.join('; ')}; ${tried}`;
  return failedAt(ladder, { code: 'CHECK_FAILED', message, attempts: spent.attempts });
}

function rungText({ rung, status, model, error, by = [], comment }: RungFacts): string {
  const who = rung === 'model' ? `model ${model ?? ''}`.trim() : rung;
  if (status === 'failed') return `${who} failed (${error?.code}: ${error?.message})`;
  if (status === 'rejected') {
    const said = comment === undefined ? '' : `, saying: ${comment}`;
    return `${by.length === 0 ? 'rejected since nobody answered' : `rejected by ${by.join(', ')}`}${said}`;
  }
  return `${who} did not help`;
}
