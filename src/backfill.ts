import type { ScheduleDescription, ScheduleHandle } from '@temporalio/client';
import { msToTs, requiredTsToMs } from '@temporalio/common/lib/time.js';
import { readRunRecord } from '../activities/artifacts/run-records.ts';
import type { Connection } from './client.ts';
import { PipelineError } from './errors.ts';
import type { SchedulePlan } from './pipeline/plan.ts';
import { OVERLAP, scheduleIdOf, type ScheduledRun } from './schedule-view.ts';
import { withSchedule } from './schedules.ts';
import { quoted } from './visibility.ts';

/** What is made up for. Times are milliseconds since 1970, both ends included. */
export interface BackfillRequest {
  readonly from: number;
  /** Default now; nothing is started before its time. */
  readonly to?: number;
  /** Default `buffer_all`: one run after the other. */
  readonly overlap?: SchedulePlan['overlap'];
}

export interface Backfilled {
  /** The runs that Temporal now starts, in this order. */
  readonly runs: readonly ScheduledRun[];
  /** Times in between whose runs have been started before: they are left as they are. */
  readonly known: readonly ScheduledRun[];
}

/** Temporal tells no more times at once, and keeps no more starts waiting. */
const TIMES_MAX = 1000;

/**
 * Starts the runs of a schedule for times that have passed: from before it was applied, or when it was paused. A time
 * whose run was started before is passed over, whatever became of it. Throws `SCHEDULE_UNKNOWN`, `SCHEDULE_BUSY`, or
 * `VALUE_INVALID` when there are too many times.
 */
export function backfillSchedule(
  connection: Connection,
  pipeline: string,
  { from, to = Date.now(), overlap = 'buffer_all' }: BackfillRequest,
): Promise<Backfilled> {
  return withSchedule(connection, pipeline, async (handle) => {
    refuseBusy(pipeline, await handle.describe());
    const listed = await timesUntil(connection, handle, { from, to: Math.min(to, Date.now()) });
    if (listed.length === TIMES_MAX) throw tooMany(pipeline);
    const times = listed.filter((time) => time >= from);
    const all = times.map((scheduledAt) => ({ runId: runIdOf(connection, pipeline, scheduledAt), scheduledAt }));
    const ids = await knownIds(connection, handle, all);
    const isKnown = ({ runId }: ScheduledRun): boolean => ids.has(runId);
    const ranges = rangesOf(all, isKnown).map((range) => ({ ...range, overlap: OVERLAP[overlap] }));
    if (ranges.length > 0) await handle.backfill(ranges);
    return { runs: all.filter((run) => !isKnown(run)), known: all.filter(isKnown) };
  });
}

/** Which times already wait for their start is not known, and two runs under one id must not be. */
function refuseBusy(pipeline: string, { raw }: ScheduleDescription): void {
  const waiting = Number(raw.info?.bufferSize);
  if (waiting === 0) return;
  const message = `Cannot backfill the schedule of pipeline "${pipeline}": ${waiting} of its runs wait for their start, try again when they have started`;
  throw new PipelineError('SCHEDULE_BUSY', message);
}

function tooMany(pipeline: string): PipelineError {
  const message = `Cannot backfill the schedule of pipeline "${pipeline}": ${TIMES_MAX} or more of its times lie in between, fewer are allowed`;
  return new PipelineError('VALUE_INVALID', message);
}

/** Temporal's own name for a run that a schedule starts. */
function runIdOf({ tenant }: Connection, pipeline: string, scheduledAt: number): string {
  return `${scheduleIdOf(tenant, pipeline)}-${new Date(scheduledAt).toISOString().replace('.000Z', 'Z')}`;
}

/** The times of a schedule, perhaps one more at the beginning: Temporal leaves the beginning out, and its times are whole seconds. */
async function timesUntil(
  { client, namespace }: Connection,
  { scheduleId }: ScheduleHandle,
  { from, to }: { from: number; to: number },
): Promise<readonly number[]> {
  const span = { startTime: msToTs(from - 1000), endTime: msToTs(to) };
  const { startTime } = await client.workflowService.listScheduleMatchingTimes({ namespace, scheduleId, ...span });
  return startTime.map((time) => requiredTsToMs(time, 'startTime'));
}

/** What lies between the runs that are known, as few ranges as can be. */
function rangesOf(
  runs: readonly ScheduledRun[],
  isKnown: (run: ScheduledRun) => boolean,
): readonly { readonly start: Date; readonly end: Date }[] {
  const ranges: { start: Date; end: Date }[] = [];
  for (const [index, run] of runs.entries()) {
    const time = new Date(run.scheduledAt);
    const before = runs[index - 1];
    const last = ranges.at(-1);
    if (isKnown(run)) continue;
    if (last === undefined || before === undefined || isKnown(before)) ranges.push({ start: time, end: time });
    else last.end = time;
  }
  return ranges;
}

/** The ids of runs that are there, or were and left their record. */
async function knownIds(
  { client, store, tenant }: Connection,
  { scheduleId }: ScheduleHandle,
  runs: readonly ScheduledRun[],
): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  const query = `TemporalScheduledById = ${quoted(scheduleId)}`;
  for await (const { workflowId } of client.workflow.list({ query })) ids.add(workflowId);
  for (const { runId } of runs) if ((await readRunRecord(store, tenant, runId)) !== undefined) ids.add(runId);
  return ids;
}
