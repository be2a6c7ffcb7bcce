import { CancellationScope, condition, isCancellation } from '@temporalio/workflow';
import type { StepError } from '../src/pipeline/result.ts';
import type { RunState } from './run-state.ts';

/** The timeout of a run. Its clock stands still while a failed step or the budget waits for a person. */
export function startClock(
  state: RunState,
  timeoutMs: number,
  { fail, crash }: { readonly fail: (error: StepError) => void; readonly crash: (error: unknown) => void },
): CancellationScope {
  const scope = new CancellationScope();
  scope
    .run(() => runClock(state, timeoutMs))
    .then(() => {
      const message = `Cannot finish the run: it took longer than its timeout of ${timeoutMs} ms`;
      fail({ code: 'RUN_TIMEOUT', message, attempts: 0 });
    })
    .catch((error: unknown) => {
      if (!isCancellation(error)) crash(error);
    });
  return scope;
}

/** Ends when the time is over. */
async function runClock(state: RunState, timeoutMs: number): Promise<void> {
  const { clock } = state;
  for (;;) {
    if (standsStill(state)) await condition(() => !standsStill(state));
    clock.since = Date.now();
    const left = Math.max(timeoutMs - clock.ranMs, 1);
    const isStopped = await condition(() => standsStill(state), left, { summary: 'the timeout of the run' });
    clock.ranMs = elapsedMs(state);
    clock.since = undefined;
    if (!isStopped) return;
  }
}

function standsStill({ steering, money }: RunState): boolean {
  return steering.held.size > 0 || (money?.asks.size ?? 0) > 0;
}

/** How long the clock has run until now. */
export function elapsedMs({ clock }: RunState): number {
  return clock.ranMs + (clock.since === undefined ? 0 : Date.now() - clock.since);
}
