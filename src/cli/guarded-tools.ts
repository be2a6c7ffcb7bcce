import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from '../client.ts';
import type { Config } from '../config.ts';
import { hasToolWorker } from '../living-workers.ts';
import { durationText } from '../pipeline/duration.ts';
import type { Plan } from '../pipeline/plan.ts';
import { GUARDED_TOOLS, type GuardedTool, TOOL_QUEUE_TIMEOUT_MS } from '../pipeline/tool-queue.ts';

/** A worker that has just been started looks at all of its queues within this time. */
const PATIENCE_MS = 3000;
const POLL_MS = 100;

/** What people are told of tools that a pipeline may call and no worker allows: its calls wait for one. */
export async function guardedToolNotes(
  { tools }: Config,
  connection: Connection,
  plan: Plan,
): Promise<readonly string[]> {
  const looks = guardedToolsOf(plan).map(async (tool) => {
    const patienceMs = tools.allowedTools.includes(tool) ? PATIENCE_MS : 0;
    if (await isAllowed(connection, tool, patienceMs)) return [];
    const start = `start one with ORCHESTRATOR_ALLOW_TOOLS=${tool} orchestrator worker`;
    return [`No worker allows ${tool}; its calls fail after ${durationText(TOOL_QUEUE_TIMEOUT_MS)}: ${start}`];
  });
  return (await Promise.all(looks)).flat();
}

/** However deep in it a tool is named. */
function guardedToolsOf(plan: Plan): readonly GuardedTool[] {
  const text = JSON.stringify(plan);
  return GUARDED_TOOLS.filter((tool) => text.includes(`"tool":"${tool}"`));
}

async function isAllowed(connection: Connection, tool: GuardedTool, patienceMs: number): Promise<boolean> {
  const givesUpAt = Date.now() + patienceMs;
  while (!(await hasToolWorker(connection, tool))) {
    if (Date.now() >= givesUpAt) return false;
    await delay(POLL_MS);
  }
  return true;
}
