import type { ModelCandidate } from '../src/pipeline/model-plan.ts';
import type { Purchase } from '../src/pipeline/result.ts';
import type { Attempted } from './attempts.ts';

/** Everything that attempts at one model have bought, those that nobody lived to tell of included. */
export function purchasesIn(candidate: ModelCandidate, { bill }: Attempted<unknown>): readonly Purchase[] {
  const lost = bill.lost.map((code): Purchase => {
    const model = `${candidate.provider}/${candidate.model}`;
    return { model, attempt: 1, reason: 'failure', code, costNanoUsd: candidate.isPaid ? null : 0 };
  });
  return [...bill.purchases, ...lost];
}
