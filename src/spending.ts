import { openLocalDisk } from '../activities/artifacts/local-disk.ts';
import { checkTenant } from '../activities/artifacts/names.ts';
import { openCounter } from '../activities/spending/counter.ts';
import { openStops } from '../activities/spending/stops.ts';
import type { Config } from './config.ts';
import { PipelineError } from './errors.ts';
import type { Ceiling, Totals } from './pipeline/ceiling.ts';
import { PROVIDER_NAMES } from './pipeline/provider-queue.ts';
import type { SpendingChange, SpendingStop, StopScope } from './pipeline/spending-stop.ts';

/** Who does it, and why. */
export interface StopRequest extends StopScope {
  readonly by: string;
  readonly reason?: string;
}

/** What all runs together may do and have done, by the store that the configuration names. */
export interface SpendingView {
  readonly stops: readonly SpendingStop[];
  /** What was done to the kill switch, newest first. */
  readonly history: readonly SpendingChange[];
  /** Where a ceiling is set: what is counted against it. */
  readonly ceilings: readonly { readonly whose: string; readonly ceiling: Ceiling; readonly totals: Totals }[];
}

const HISTORY_MAX = 100;

/** Stops calls of models, before the next one is made, on all workers. Gives everything that is stopped now. */
export function stopSpending(config: Config, { by, reason, ...scope }: StopRequest): Promise<readonly SpendingStop[]> {
  return change(config, 'stop', { by, ...scope, ...(reason === undefined ? {} : { reason }) });
}

/** Lifts what was stopped with the same words. Throws `USAGE` when that is nothing. */
export function resumeSpending(config: Config, request: StopRequest): Promise<readonly SpendingStop[]> {
  return change(config, 'resume', request);
}

async function change(
  config: Config,
  act: SpendingChange['act'],
  request: StopRequest,
): Promise<readonly SpendingStop[]> {
  const { tenant, provider } = request;
  if (tenant !== undefined) checkTenant(tenant);
  const names: readonly string[] = PROVIDER_NAMES;
  if (provider !== undefined && !names.includes(provider)) {
    const message = `Cannot ${act} calls of provider "${provider}": there is none of that name, only ${names.join(', ')}`;
    throw new PipelineError('USAGE', message);
  }
  return openStops(openLocalDisk(config.folders.artifacts)).change({ ...request, act, at: Date.now() });
}

/** What is stopped, what was done to the kill switch, and how much of the ceilings is used. */
export async function describeSpending({ folders, ceilings, tenant }: Config): Promise<SpendingView> {
  const store = openLocalDisk(folders.artifacts);
  const stops = openStops(store);
  const date = new Date().toISOString().slice(0, 10);
  const both = [
    { name: 'all', whose: 'all tenants', ceiling: ceilings.all },
    { name: `tenant-${tenant}`, whose: `tenant ${tenant}`, ceiling: ceilings.tenant },
  ];
  const set = both.filter(({ ceiling: { day, month } }) => Object.keys({ ...day, ...month }).length > 0);
  const counted = set.map(async ({ name, ...rest }) => {
    return { ...rest, totals: await openCounter(store, name, date.slice(0, 7)).totals(date) };
  });
  return { stops: await stops.now(), history: await stops.history(HISTORY_MAX), ceilings: await Promise.all(counted) };
}
