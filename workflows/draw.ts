import type { Call } from '../activities/calls.ts';
import type { Used } from './activity-options.ts';
import { formAt, type Memory } from './memory.ts';

/** How often people had the step at a path tried again. */
interface Begun {
  times: number;
}

/**
 * Tells a call from the same call before, when that one is done with: its failure was told with what it bought, or a
 * person wants the step tried again. A worker that was lost changes nothing: what it bought counts.
 */
export function drawOf({ forms }: Memory, path: string, { told }: Used): Pick<Call, 'draw'> {
  const times = (forms.get(drawsAt(judgedAt(path))) as Begun | undefined)?.times ?? 0;
  return times + told === 0 ? {} : { draw: `${times}.${told}` };
}

/** What is called at a path from now on is asked anew. */
export function beginDraw(memory: Memory, path: string): void {
  formAt<Begun>(memory, drawsAt(path), () => ({ times: 0 })).times += 1;
}

/** What a check calls is called anew with the step that it judges. */
function judgedAt(path: string): string {
  return path.replace(/\/check-\d+(?:\/.*)?$/, '');
}

function drawsAt(path: string): string {
  return `${path}|draws`;
}
