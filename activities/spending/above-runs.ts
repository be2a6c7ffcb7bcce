import { setTimeout as delay } from 'node:timers/promises';
import { PipelineError } from '../../src/errors.ts';
import type { Ceiling, Excess } from '../../src/pipeline/ceiling.ts';
import { NOTHING, type Amount } from '../../src/pipeline/ledger.ts';
import type { Purchase } from '../../src/pipeline/result.ts';
import { retryOf } from '../../src/pipeline/retry.ts';
import type { ArtifactStore } from '../artifacts/store.ts';
import type { ModelCall } from '../calls.ts';
import type { MayBuy } from '../models/may-buy.ts';
import { worstOf } from '../models/request-bound.ts';
import { openCounter, type Counter } from './counter.ts';
import { openStops, refuseStopped } from './stops.ts';

/** What all runs of a deployment may spend, and those of each tenant. */
export interface Ceilings {
  readonly all: Ceiling;
  readonly tenant: Ceiling;
}

/** A ceiling that is set, and the name under which it is counted. */
interface Limited {
  readonly name: string;
  readonly whose: string;
  readonly ceiling: Ceiling;
}

/** The kill switch and the ceilings of a deployment. What they refuse has been asked of no model. */
export function createMayBuy(store: ArtifactStore, ceilings: Ceilings): MayBuy {
  const stops = openStops(store);
  const counters = openCounters(store);
  return async (call, request, signal) => {
    const { tenant, candidate } = call;
    refuseStopped(await stops.now(), call);
    const limited = limitedBy(ceilings, tenant);
    if (limited.length === 0) return async () => undefined;
    if (candidate.isPaid && candidate.price === undefined && limited.some(isInDollars)) throw unknownPrice(call);
    const amount = worstOf(request, candidate);
    const date = new Date().toISOString().slice(0, 10);
    const reserved: Counter[] = [];
    const settle = async (used: Amount): Promise<void> => {
      for (const counter of reserved.splice(0)) await counter.settle(date, { amount, used });
    };
    for (const each of limited) {
      const counter = counters(each.name, date);
      const excess = await reserve(counter, { date, amount, ceiling: each.ceiling }, signal);
      if (excess === undefined) reserved.push(counter);
      else {
        await settle(NOTHING);
        throw reached(call, each, { excess, amount });
      }
    }
    return (bought) => settle(usedBy(bought, amount));
  };
}

/** The counters that this worker has used, the one of each name in its latest month. */
function openCounters(store: ArtifactStore): (name: string, date: string) => Counter {
  const open = new Map<string, { readonly month: string; readonly counter: Counter }>();
  return (name, date) => {
    const month = date.slice(0, 7);
    const known = open.get(name);
    if (known?.month === month) return known.counter;
    const counter = openCounter(store, name, month);
    open.set(name, { month, counter });
    return counter;
  };
}

/** What is set aside for other calls comes back soon: so long it is waited for. */
const PATIENCE_MS = 30_000;
const AGAIN_MS = 250;

async function reserve(
  counter: Counter,
  { date, amount, ceiling }: { readonly date: string; readonly amount: Amount; readonly ceiling: Ceiling },
  signal: AbortSignal,
): Promise<Excess | undefined> {
  const givesUpAt = Date.now() + PATIENCE_MS;
  for (;;) {
    const excess = await counter.reserve(date, amount, ceiling);
    if (excess?.isPassing !== true || Date.now() > givesUpAt) return excess;
    await delay(AGAIN_MS, undefined, { signal });
  }
}

function limitedBy({ all, tenant }: Ceilings, name: string): readonly Limited[] {
  const both = [
    { name: 'all', whose: 'all tenants', ceiling: all },
    { name: `tenant-${name}`, whose: `tenant "${name}"`, ceiling: tenant },
  ];
  return both.filter(({ ceiling: { day, month } }) => Object.keys({ ...day, ...month }).length > 0);
}

function isInDollars({ ceiling: { day, month } }: Limited): boolean {
  return day.nanoUsd !== undefined || month.nanoUsd !== undefined;
}

/** What nobody knows counts as its worst case; a failure that cannot have been billed counts nothing. */
function usedBy({ usage, costNanoUsd, reason, code }: Purchase, amount: Amount): Amount {
  if (usage !== undefined) {
    return { nanoUsd: costNanoUsd ?? amount.nanoUsd, tokens: usage.inputTokens + usage.outputTokens };
  }
  const isFree = reason === 'failure' && code !== undefined && retryOf(code) !== 'workflow';
  return isFree ? NOTHING : { ...amount, nanoUsd: costNanoUsd ?? amount.nanoUsd };
}

function unknownPrice({ candidate }: ModelCall): PipelineError {
  const { provider, model } = candidate;
  return new PipelineError(
    'PRICE_UNKNOWN',
    `Cannot keep to the ceiling in dollars: the price of ${provider}/${model} is not known, describe it in models.yaml`,
  );
}

function reached(
  { candidate: { provider, model } }: ModelCall,
  { whose }: Limited,
  { excess, amount }: { readonly excess: Excess; readonly amount: Amount },
): PipelineError {
  const { unit, period, limit, taken } = excess;
  const text = (value: number): string => (unit === 'tokens' ? `${value} tokens` : `$${value / 1e9}`);
  const is = `${text(taken)} of the ${text(limit)} that ${whose} may spend in a ${period} are spent or set aside`;
  return new PipelineError(
    'CEILING_REACHED',
    `Cannot call model "${provider}/${model}": ${is}, and the call may take ${text(amount[unit])}; the next ${period} (UTC) begins anew`,
  );
}
