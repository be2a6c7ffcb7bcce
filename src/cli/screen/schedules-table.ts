import type { JsonObject } from '../../pipeline/json.ts';
import type { ScheduledRun, ScheduleSummary } from '../../schedule-view.ts';
import { elapsedText } from './amounts.ts';
import { printableLine } from './printable.ts';
import type { Table } from './table.ts';

/** A schedule as `--json` shows it. */
export function summaryReport(schedule: ScheduleSummary): JsonObject {
  const { pipeline, cron, timezone, isPaused, note, nextAt, last } = schedule;
  return {
    pipeline,
    cron,
    timezone,
    is_paused: isPaused,
    ...(note === undefined ? {} : { note }),
    next_at: nextAt === undefined ? null : timeText(nextAt),
    last: last === undefined ? null : scheduledReport(last),
  };
}

export function scheduledReport({ runId, scheduledAt }: ScheduledRun): JsonObject {
  return { run_id: runId, scheduled_at: timeText(scheduledAt) };
}

/** The times of a schedule are whole seconds. */
export function timeText(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}

export function schedulesTable(schedules: readonly ScheduleSummary[], now: number): Table {
  return {
    columns: [
      { head: 'PIPELINE' },
      { head: 'STATUS' },
      { head: 'NEXT' },
      { head: 'TIMES', rank: 1 },
      { head: 'ZONE', rank: 1 },
      { head: 'LAST RUN' },
    ],
    rows: schedules.map(({ pipeline, cron, timezone, isPaused, nextAt, last }) => [
      { text: printableLine(pipeline) },
      isPaused ? { text: 'paused', style: 'yellow' } : { text: 'active', style: 'green' },
      { text: nextAt === undefined ? '' : `in ${elapsedText(nextAt - now)}` },
      { text: printableLine(cron.join(' | ')) },
      { text: timezone, style: 'dim' },
      { text: last === undefined ? '' : printableLine(last.runId), style: 'dim' },
    ]),
  };
}
