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
    return { tool, workers };
  });
  const prefix = await isolationPrefix(false);
  const isUsed = tools.allowedTools.length > 0;
  return examineIsolation({ queues: await Promise.all(queues), isIsolated: prefix.length > 0, isUsed });
}

interface Guarded {
  readonly queues: readonly { readonly tool: string; readonly workers: number }[];
  readonly isIsolated: boolean;
  /** Whether a worker that is started from here allows any of them. */
  readonly isUsed: boolean;
}

export function examineIsolation({ queues, isIsolated, isUsed }: Guarded): Examination {
  const who = queues.map(({ tool, workers }) => `${tool} allowed by ${workers} worker${workers === 1 ? '' : 's'}`);
  const found = `${who.join('; ')}; programs on this machine are ${isIsolated ? '' : 'not '}isolated`;
  if (isIsolated || !isUsed) return { subject: SUBJECT, status: 'ok', found };
  const advice =
    'programs can read the environment of a worker here: allow them on a worker without keys, docs/tools.md';
  return { subject: SUBJECT, status: 'warning', found, advice };
}
