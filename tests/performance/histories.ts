import { setTimeout as delay } from 'node:timers/promises';
import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import proto from '@temporalio/proto';

const { EventType } = proto.temporal.api.enums.v1;

/** Lists of workflows are a moment behind. */
const POLL_MS = 50;
const POLLS_MAX = 200;

/** The events of the longest history of a run that has ended: of its own ones, and of those of its parts. */
export async function longestHistory({ workflow }: Client, runId: string): Promise<number> {
  const query = `WorkflowId = '${runId}' OR WorkflowId STARTS_WITH '${runId}/'`;
  for (let poll = 0; poll < POLLS_MAX; poll += 1) {
    const found: WorkflowExecutionInfo[] = [];
    for await (const info of workflow.list({ query })) found.push(info);
    const isComplete = found.length > 0 && found.every(({ status }) => status.name !== 'RUNNING');
    if (isComplete) return Math.max(...found.map(({ historyLength }) => historyLength));
    await delay(POLL_MS);
  }
  throw new Error(`run ${runId} is not listed as ended`);
}

/** How many calls a run has made since a time in milliseconds since 1970; what was copied from another history is older. */
export async function callsSince({ workflow }: Client, runId: string, since: number): Promise<number> {
  const { events } = await workflow.getHandle(runId).fetchHistory();
  const calls = (events ?? []).filter(
    ({ eventType, eventTime }) =>
      eventType === EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED &&
      Number(eventTime?.seconds) * 1e3 + Number(eventTime?.nanos) / 1e6 >= since,
  );
  return calls.length;
}

/** The first task of a workflow ends with its fourth event; from then on it waits. */
const FIRST_TASK_EVENTS = 4;

/** Waits until a worker has taken a run in hand for the first time. */
export async function untilBegun({ workflow }: Client, runId: string): Promise<void> {
  const handle = workflow.getHandle(runId);
  while ((await handle.describe()).historyLength < FIRST_TASK_EVENTS) await delay(POLL_MS);
}
