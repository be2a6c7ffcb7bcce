import { durationText } from '../../pipeline/duration.ts';
import type { Json, JsonObject } from '../../pipeline/json.ts';
import type { ScheduleView } from '../../schedule-view.ts';
import { printable, printableLine } from './printable.ts';
import { section } from './run-end.ts';
import { scheduledReport, summaryReport, timeText } from './schedules-table.ts';
import type { Lines, Paint } from './terminal.ts';
import { valuesLines } from './values.ts';

/** Everything about a schedule but its inputs, as `--json` shows it. */
export function viewReport(view: ScheduleView): JsonObject {
  return {
    ...summaryReport(view),
    schedule_id: view.scheduleId,
    ...(view.version === undefined ? {} : { pipeline_version: view.version }),
    plan_hash: view.planHash,
    overlap: view.overlap,
    catchup: durationText(view.catchupMs),
    next: view.next.map(timeText),
    runs: view.runs.map(scheduledReport),
    running: view.running,
    counts: view.counts,
  };
}

export function detailLines(view: ScheduleView, inputs: Readonly<Record<string, Json>>, paint: Paint): Lines {
  const { pipeline, version, planHash, isPaused, note, overlap, catchupMs, counts, running } = view;
  return [
    `${paint('bold', printableLine(pipeline))} ${isPaused ? paint('yellow', 'paused') : paint('green', 'active')}${note === undefined ? '' : `: ${printable(note)}`}`,
    printable(`${version === undefined ? '' : `version ${version}, `}plan ${planHash.slice(0, 12)}`),
    `overlap ${overlap}, catchup ${durationText(catchupMs)}`,
    `started ${counts.started}, skipped ${counts.skipped}, missed ${counts.missed}`,
    ...nextLines(view, paint),
    ...section('Inputs', valuesLines(inputs, paint)),
    ...section(
      'Runs',
      view.runs.map(({ runId }) => `  ${printableLine(runId)}${running.includes(runId) ? ' (goes on)' : ''}`),
    ),
  ];
}

const NEXT_SHOWN = 3;

/** When the schedule comes, and the next times in its own zone. */
export function nextLines({ cron, timezone, next, isPaused }: ScheduleView, paint: Paint): Lines {
  const times = next
    .slice(0, NEXT_SHOWN)
    .map((time) => `  ${timeText(time)}  ${paint('dim', localText(time, timezone))}`);
  return [
    `times ${printableLine(cron.join(' | '))} (${timezone})`,
    ...(isPaused ? ['starts nothing before it is resumed'] : ['next', ...times]),
  ];
}

function localText(time: number, timezone: string): string {
  return new Date(time).toLocaleString('en-GB', { timeZone: timezone, dateStyle: 'full', timeStyle: 'short' });
}
