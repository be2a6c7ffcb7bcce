import type {
  CalendarSpecDescription,
  ScheduleDescription,
  ScheduleOverlapPolicy,
  ScheduleSpecDescription,
  ScheduleSummary as FoundSchedule,
} from '@temporalio/client';
import type { RunRequest } from '../workflows/run-request.ts';
import type { SchedulePlan } from './pipeline/plan.ts';
import type { StoredValue } from './pipeline/value.ts';

/** One line of a list of schedules. Times are milliseconds since 1970. */
export interface ScheduleSummary {
  /** The name of its pipeline. */
  readonly pipeline: string;
  readonly cron: readonly string[];
  readonly timezone: string;
  readonly isPaused: boolean;
  /** Why it is paused, or goes on again. */
  readonly note?: string;
  /** When it starts its next run; absent when it is paused. */
  readonly nextAt?: number;
  /** The newest run that it has started. */
  readonly last?: ScheduledRun;
}

export interface ScheduledRun {
  readonly runId: string;
  /** The time of the schedule for which the run was started; its start is later, much later for a backfill. */
  readonly scheduledAt: number;
}

/** Everything that is known of a schedule. */
export interface ScheduleView extends ScheduleSummary {
  readonly scheduleId: string;
  readonly version?: string;
  readonly planHash: string;
  readonly overlap: SchedulePlan['overlap'];
  readonly catchupMs: number;
  /** The inputs of its runs. */
  readonly inputs: Readonly<Record<string, StoredValue>>;
  /** When it starts its next runs, at most ten. */
  readonly next: readonly number[];
  /** The newest runs that it has started, at most ten, newest first. */
  readonly runs: readonly ScheduledRun[];
  /** Those of its runs that go on. */
  readonly running: readonly string[];
  /** How many runs it has started, and did not start because it was too late or because another went on. */
  readonly counts: { readonly started: number; readonly missed: number; readonly skipped: number };
}

/** A pipeline has one schedule in its tenant. The id of a run is this and the time for which it was started. */
export function scheduleIdOf(tenant: string, pipeline: string): string {
  return `${tenant}/${pipeline}`;
}

/** What Temporal calls it. */
export const OVERLAP = {
  skip: 'SKIP',
  buffer_one: 'BUFFER_ONE',
  buffer_all: 'BUFFER_ALL',
  cancel_other: 'CANCEL_OTHER',
  allow_all: 'ALLOW_ALL',
} as const satisfies Record<SchedulePlan['overlap'], ScheduleOverlapPolicy>;

/** What a list says of a schedule. */
export function summaryOf(tenant: string, { scheduleId, spec, state, info }: FoundSchedule): ScheduleSummary {
  const { calendars, timezone } = spec as ScheduleSpecDescription;
  const [nextAt] = info.nextActionTimes;
  const [last] = runsOf(info);
  return {
    pipeline: scheduleId.slice(scheduleIdOf(tenant, '').length),
    cron: (calendars as readonly CalendarSpecDescription[]).map(({ comment }) => String(comment)),
    timezone: String(timezone),
    isPaused: state.paused,
    ...(state.note ? { note: state.note } : {}),
    ...(nextAt === undefined || state.paused ? {} : { nextAt: nextAt.getTime() }),
    ...(last === undefined ? {} : { last }),
  };
}

function runsOf({ recentActions }: FoundSchedule['info']): readonly ScheduledRun[] {
  return recentActions
    .map(({ scheduledAt, action }) => ({ runId: action.workflow.workflowId, scheduledAt: scheduledAt.getTime() }))
    .toReversed();
}

/** What Temporal says of one schedule. */
export function viewOf(tenant: string, found: ScheduleDescription): ScheduleView {
  const { info, policies, action, scheduleId } = found;
  const { plan, inputs } = (action.args as [RunRequest])[0];
  return {
    ...summaryOf(tenant, found),
    scheduleId,
    ...(plan.pipeline.version === undefined ? {} : { version: plan.pipeline.version }),
    planHash: plan.hash,
    overlap: policies.overlap?.toLowerCase() as SchedulePlan['overlap'],
    catchupMs: policies.catchupWindow,
    inputs,
    next: info.nextActionTimes.map((time) => time.getTime()),
    runs: runsOf(info),
    running: info.runningActions.map(({ workflow }) => workflow.workflowId),
    counts: {
      started: info.numActionsTaken,
      missed: info.numActionsMissedCatchupWindow,
      skipped: info.numActionsSkippedOverlap,
    },
  };
}
