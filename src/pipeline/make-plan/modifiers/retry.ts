import { parseDuration } from '../../duration.ts';
import type { RetryPlan } from '../../plan.ts';
import { type Path, placeText, wrongValue } from '../../problem.ts';
import type { StepSpec } from '../../spec.ts';
import type { Draft } from '../draft.ts';

/** How often a step is tried. `usual` is how often its kind is, when the step does not say. */
export function planRetry(
  draft: Draft,
  path: Path,
  { retry = {}, usual }: Pick<StepSpec, 'retry'> & { usual: number },
): RetryPlan {
  const { attempts = usual, backoff = '2s', max_backoff: longest } = retry;
  const backoffMs = parseDuration(backoff) as number;
  const maxBackoffMs = longest === undefined ? Math.max(60_000, backoffMs) : (parseDuration(longest) as number);
  if (maxBackoffMs < backoffMs) {
    const place = [...path, 'retry', 'max_backoff'];
    const is = `it is ${longest}, which is less than the backoff of ${backoff}`;
    draft.problems.push(wrongValue('VALUE_INVALID', place, `Cannot use ${placeText(place)}: ${is}`));
  }
  return { attempts, backoffMs, maxBackoffMs };
}
