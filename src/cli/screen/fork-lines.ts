import type { Savings, StartedFork } from '../../fork.ts';
import { usdText } from './amounts.ts';
import { printable } from './printable.ts';

/** What a fork will take over, as far as that is known before: what hangs on new answers shows in the run only. */
export function forecastText(forkOf: string, { calls, reused, savedNanoUsd }: StartedFork): string {
  return `takes over up to ${reused} of ${callsText(calls)} of ${printable(forkOf)}${worth(savedNanoUsd)}`;
}

export function forecastReport(forkOf: string, { runId, calls, reused, savedNanoUsd }: StartedFork): object {
  return { event: 'fork', run_id: runId, fork_of: forkOf, calls, reused, saved_usd: savedNanoUsd / 1e9 };
}

/** What a fork has taken over. */
export function savingsText({ calls, savedNanoUsd }: Savings): string {
  return `took over ${callsText(calls)}${worth(savedNanoUsd)}`;
}

export function savingsReport(runId: string, { calls, savedNanoUsd }: Savings): object {
  return { event: 'savings', run_id: runId, reused: calls, saved_usd: savedNanoUsd / 1e9 };
}

function callsText(count: number): string {
  return count === 1 ? '1 call' : `${count} calls`;
}

function worth(nanoUsd: number): string {
  return nanoUsd === 0 ? '' : `, worth ${usdText(nanoUsd)}`;
}
