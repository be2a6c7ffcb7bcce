import { PipelineError } from '../../errors.ts';
import type { Plan } from '../plan.ts';
import type { CallRecord } from '../result.ts';
import { suggestion } from '../suggestion.ts';
import { isAtOrIn, planPathOf } from './call-path.ts';
import { stepsByPath } from './inner-blocks.ts';

/** Throws `STEP_UNKNOWN` unless the plan has the step; of an item or a round, the earlier run must have had it, too. */
export function checkFrom(
  from: string,
  plan: Plan,
  { runId, calls }: { runId: string; calls: readonly CallRecord[] },
): void {
  const paths = [...stepsByPath(plan).keys()];
  const path = planPathOf(from);
  if (!paths.includes(path)) {
    throw unknown(runId, `"${plan.pipeline.name}" has no step "${from}"${suggestion(from, paths)}`);
  }
  if (path === from || calls.some((call) => isAtOrIn(call.path, from))) return;
  throw unknown(
    runId,
    `it has made no call at "${from}"${suggestion(
      from,
      calls.map((call) => call.path),
    )}`,
  );
}

function unknown(runId: string, is: string): PipelineError {
  return new PipelineError('STEP_UNKNOWN', `Cannot fork run "${runId}": ${is}`);
}
