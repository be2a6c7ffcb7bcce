import type { Connection } from '@temporalio/client';
import { isolationPrefix } from '../../activities/processes/isolation.ts';
import type { Config } from '../config.ts';
import { GUARDED_TOOLS, toolQueue } from '../pipeline/tool-queue.ts';
import type { Examination } from './examination.ts';
import { describeTaskQueue } from './task-queue.ts';

const SUBJECT = 'Guarded tools';

/** Which of the tools that need a permission some worker allows, and how well this machine keeps programs apart. */
export async function examineTools(connection: Connection, config: Config): Promise<Examination> {
  const { namespace, taskQueue, tools } = config;
  const queues = GUARDED_TOOLS.map(async (tool) => {
    const name = toolQueue(taskQueue, tool);
    const { workers } = await describeTaskQueue(connection, { namespace, name, kind: 'activity' });
    return `${tool} ${workers === 0 ? 'allowed by no worker' : `allowed by ${workers} worker${workers === 1 ? '' : 's'}`}`;
  });
  const [isIsolated, ...allowed] = await Promise.all([hasIsolation(), ...queues]);
  const found = [...allowed, `programs on this machine ${isIsolated ? 'are isolated' : 'are not isolated'}`].join('; ');
  if (isIsolated || tools.allowedTools?.length === 0) return { subject: SUBJECT, status: 'ok', found };
  const advice =
    'programs can read the environment of a worker here: allow them on a worker without keys, docs/tools.md';
  return { subject: SUBJECT, status: 'warning', found, advice };
}

async function hasIsolation(): Promise<boolean> {
  return (await isolationPrefix(false)).length > 0;
}
