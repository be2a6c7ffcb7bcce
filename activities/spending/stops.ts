import { PipelineError } from '../../src/errors.ts';
import type { ModelCandidate } from '../../src/pipeline/model-plan.ts';
import {
  isStopped,
  scopeText,
  type SpendingChange,
  type SpendingStop,
  type StopScope,
} from '../../src/pipeline/spending-stop.ts';
import type { ArtifactStore } from '../artifacts/store.ts';
import { openList } from './growing-list.ts';

/** One entry of the audit: what was done, and what holds from then on. */
export interface StopEntry {
  readonly change: SpendingChange;
  readonly stops: readonly SpendingStop[];
}

/** What stops calls, for all workers of a deployment together. */
export interface Stops {
  now(): Promise<readonly SpendingStop[]>;
  /** What was done, newest first, at most so many. */
  history(most: number): Promise<readonly SpendingChange[]>;
  /** Gives what holds from then on. Throws `USAGE` when there is nothing to lift. */
  change(change: SpendingChange): Promise<readonly SpendingStop[]>;
}

/** Opens the kill switch of a store. Throws `STORE_UNAVAILABLE`. */
export function openStops(store: ArtifactStore): Stops {
  const list = openList<StopEntry>(store, 'spending-stops');
  return {
    now: async () => (await list.last())?.entry.stops ?? [],
    history: async (most) => {
      const { number = 0 } = (await list.last()) ?? {};
      const numbers = Array.from({ length: Math.min(most, number) }, (_, index) => number - index);
      const entries = await Promise.all(numbers.map((each) => list.read(each)));
      return entries.flatMap((entry) => (entry === undefined ? [] : [entry.change]));
    },
    change: async (change) => {
      for (;;) {
        const last = await list.last();
        const stops = changed(last?.entry.stops ?? [], change);
        if (await list.add({ number: (last?.number ?? 0) + 1, entry: { change, stops } })) return stops;
      }
    },
  };
}

function changed(stops: readonly SpendingStop[], { act, ...stop }: SpendingChange): readonly SpendingStop[] {
  const others = stops.filter((each) => !isSame(each, stop));
  if (act === 'stop') return [...others, stop];
  if (others.length < stops.length) return others;
  const on = stops.length === 0 ? 'nothing is stopped' : `stopped are ${stops.map(scopeText).join('; ')}`;
  throw new PipelineError('USAGE', `Cannot resume ${scopeText(stop)}: it is not what was stopped, ${on}`);
}

function isSame(one: StopScope, other: StopScope): boolean {
  return one.tenant === other.tenant && one.provider === other.provider;
}

/** Refuses a call that somebody has stopped. Throws `SPENDING_STOPPED`. */
export function refuseStopped(
  stops: readonly SpendingStop[],
  { tenant, candidate }: { readonly tenant: string; readonly candidate: ModelCandidate },
): void {
  const stop = stops.find((each) => isStopped(each, { tenant, candidate }));
  if (stop === undefined) return;
  const { provider, model } = candidate;
  const why = stop.reason === undefined ? '' : ` ("${stop.reason}")`;
  const is = `${stop.by} has stopped ${scopeText(stop)} at ${new Date(stop.at).toISOString()}${why}`;
  throw new PipelineError(
    'SPENDING_STOPPED',
    `Cannot call model "${provider}/${model}": ${is}, \`orchestrator resume-spending\` lifts that`,
  );
}
