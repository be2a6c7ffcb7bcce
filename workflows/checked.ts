import type { StepPlan } from '../src/pipeline/plan.ts';
import type { CallFacts, Purchase, Verdict } from '../src/pipeline/result.ts';
import { sumUsage } from '../src/pipeline/sum-usage.ts';
import { askCheck } from './ask-check.ts';
import type { Place } from './call.ts';
import { readError, type Called, type Done } from './called.ts';
import { factsOf, innerFrame, type Tally } from './frame.ts';
import type { RunState } from './run-state.ts';

/**
 * Asks the checks of a step what they say of its output; the step fails when one of them is not passed, and with the
 * error of the call when one cannot be asked. What they buy is part of what the step costs.
 */
export async function checked(
  state: RunState,
  place: Place,
  { step, called }: { step: StepPlan; called: Done },
): Promise<Called> {
  if (step.checks.length === 0) return called;
  const frame = innerFrame(place.frame, { path: place.path });
  const bought: Purchase[] = [];
  const asked = step.checks.map((check, index) => {
    const at = { frame, path: `${place.path}/check-${index}` };
    return askCheck(state, at, { step, check, subject: called.output, bought }).catch(readError);
  });
  const answers = await Promise.all(asked);
  const broken = answers.find((answer) => 'code' in answer);
  const { status, output, ...rest } = called;
  const facts = withSpending(rest, frame.tally, bought);
  if (broken !== undefined) return { status: 'failed', error: broken, ...facts };
  const checks = answers.filter((answer): answer is Verdict => 'check' in answer);
  const missed = checks.filter((verdict) => !verdict.passed);
  if (missed.length === 0) return { status, output, ...facts, checks };
  const reasons = missed.map((verdict) => `${verdict.check}: ${verdict.reason}`).join('; ');
  const message = `Cannot accept the output of step "${place.path}": ${reasons}`;
  return { status: 'failed', error: { code: 'CHECK_FAILED', message, attempts: facts.attempts }, ...facts, checks };
}

/** What a step says of itself, with what its checks have spent. */
function withSpending<Facts extends CallFacts>(facts: Facts, tally: Tally, bought: readonly Purchase[]): Facts {
  const { usage, costNanoUsd: spent } = factsOf(tally, 0);
  const { purchases = [], costNanoUsd: own } = facts;
  return {
    ...facts,
    costNanoUsd: own === null || spent === null ? null : own + spent,
    ...(usage === undefined ? {} : { usage: sumUsage(facts.usage, usage) }),
    ...(bought.length === 0 ? {} : { purchases: [...purchases, ...bought] }),
  };
}
