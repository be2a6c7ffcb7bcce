import { condition, continueAsNew, defineSignal, proxyActivities, setHandler } from '@temporalio/workflow';
import type { RawActivities } from './raw-activities.ts';

/** What somebody would write by hand for the same jobs, without a language, a view, checks or a record. */
const { fillTemplate } = proxyActivities<RawActivities>({ startToCloseTimeout: '1m' });
const { request } = proxyActivities<RawActivities>({
  startToCloseTimeout: '1m',
  heartbeatTimeout: '2s',
  retry: { initialInterval: '100ms' },
});

export async function sequence(steps: number): Promise<string[]> {
  const texts: string[] = [];
  for (let step = 1; step <= steps; step += 1) texts.push(await fillTemplate({ template: 'done', data: {} }));
  return texts;
}

export async function fan(width: number): Promise<string[]> {
  return Promise.all(Array.from({ length: width }, () => fillTemplate({ template: 'done', data: {} })));
}

export async function requests(steps: number, url: string): Promise<number[]> {
  const statuses: number[] = [];
  for (let step = 1; step <= steps; step += 1) statuses.push(await request(`${url}/${step}`));
  return statuses;
}

interface Items {
  readonly items: number;
  readonly concurrency: number;
  /** What the histories before have done. */
  readonly done?: readonly string[];
}

/** A history of 1,000 items stays far below the length at which Temporal suggests another one. */
const ITEMS_PER_HISTORY = 1000;

/** A sliding window: the next item begins when any has ended. */
export async function items({ items: count, concurrency, done = [] }: Items): Promise<readonly string[]> {
  const until = Math.min(count, done.length + ITEMS_PER_HISTORY);
  const texts = [...done];
  let next = done.length;
  const lane = async (): Promise<void> => {
    while (next < until) {
      const n = next++;
      texts[n] = await fillTemplate({ template: '{{ n }}', data: { n } });
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
  return until === count ? texts : continueAsNew<typeof items>({ items: count, concurrency, done: texts });
}

const go = defineSignal('go');

export async function wait(): Promise<void> {
  let isOver = false;
  setHandler(go, () => void (isOver = true));
  await condition(() => isOver);
}
