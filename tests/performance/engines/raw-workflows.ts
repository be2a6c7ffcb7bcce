import { proxyActivities } from '@temporalio/workflow';
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
