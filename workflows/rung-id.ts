import type { Place } from './call.ts';
import { formAt } from './memory.ts';
import type { RunState } from './run-state.ts';

/** A rung as it is told from others: `repair-2`, and where its call is made. */
export interface RungId {
  readonly name: string;
  readonly at: Place;
  /** The name is used up. */
  readonly take: () => void;
}

/** The counts go on when people have the step tried again: what was asked before is not taken for the same. */
export function nextRung({ memory }: RunState, { frame, path }: Place, kind: 'repair' | 'model' | 'ask'): RungId {
  const used = formAt(memory, `${path}|rungs`, () => ({ repair: 0, model: 0, ask: 0 }));
  const name = `${kind}-${used[kind] + 1}`;
  return {
    name,
    at: { frame, path: `${path}/${name}` },
    take: () => void (used[kind] += 1),
  };
}
