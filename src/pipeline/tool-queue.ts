/** Tools that run what somebody else wrote. They are off until a worker's operator allows them. */
export const GUARDED_TOOLS = ['shell.run', 'code.python'] as const;

export type GuardedTool = (typeof GUARDED_TOOLS)[number];

/** So long a call may lie on such a queue, in milliseconds: nobody may be allowed to make it. */
export const TOOL_QUEUE_TIMEOUT_MS = 5 * 60_000;

/** The task queue of such a tool, beside that of the runs: only workers that allow the tool look there. */
export function toolQueue(taskQueue: string, tool: GuardedTool): string {
  return `${taskQueue}/${tool}`;
}

export function isGuarded(tool: string): tool is GuardedTool {
  return (GUARDED_TOOLS as readonly string[]).includes(tool);
}
