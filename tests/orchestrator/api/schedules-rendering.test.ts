import assert from 'node:assert/strict';
import { detailLines, viewReport } from '../../../src/cli/screen/schedule-details.ts';
import { schedulesTable, summaryReport } from '../../../src/cli/screen/schedules-table.ts';
import { tableLines } from '../../../src/cli/screen/table.ts';
import { plain } from '../../../src/cli/screen/terminal.ts';
import type { ScheduleView } from '../../../src/schedule-view.ts';

const NOW = Date.parse('2026-03-02T00:00:00Z');
const LAST = { runId: 'default/weekly-2026-02-23T05:00:00Z', scheduledAt: Date.parse('2026-02-23T05:00:00Z') };
const ACTIVE: ScheduleView = {
  pipeline: 'weekly',
  scheduleId: 'default/weekly',
  version: '3',
  planHash: '0123456789abcdef',
  cron: ['0 6 * * 1', '0 9 * * 6'],
  timezone: 'Europe/Berlin',
  overlap: 'buffer_one',
  catchupMs: 90_000,
  inputs: {},
  isPaused: false,
  nextAt: Date.parse('2026-03-02T05:00:00Z'),
  next: [Date.parse('2026-03-02T05:00:00Z')],
  last: LAST,
  runs: [LAST],
  running: [LAST.runId],
  counts: { started: 1, skipped: 2, missed: 3 },
};
const { nextAt: _, version: __, last: ___, ...paused } = ACTIVE;
const PAUSED: ScheduleView = { ...paused, isPaused: true, note: 'Holidays', runs: [], running: [] };

describe('what is shown of schedules', () => {
  it('is a table, with what comes next and what was last', () => {
    assert.deepEqual(tableLines(schedulesTable([ACTIVE, PAUSED], NOW), plain), [
      'PIPELINE  STATUS  NEXT       TIMES                  ZONE           LAST RUN',
      'weekly    active  in 5h 00m  0 6 * * 1 | 0 9 * * 6  Europe/Berlin  default/weekly-2026-02-23T05:00:00Z',
      'weekly    paused             0 6 * * 1 | 0 9 * * 6  Europe/Berlin',
    ]);
  });

  it('is everything about one that is active', () => {
    assert.deepEqual(detailLines(ACTIVE, { who: 'all' }, plain), [
      'weekly active',
      'version 3, plan 0123456789ab',
      'overlap buffer_one, catchup 90s',
      'started 1, skipped 2, missed 3',
      'times 0 6 * * 1 | 0 9 * * 6 (Europe/Berlin)',
      'next',
      '  2026-03-02T05:00:00Z  Monday, 2 March 2026 at 06:00',
      '',
      'Inputs',
      '  who: all',
      '',
      'Runs',
      '  default/weekly-2026-02-23T05:00:00Z (goes on)',
    ]);
  });

  it('is everything about one that is paused', () => {
    assert.deepEqual(detailLines(PAUSED, {}, plain), [
      'weekly paused: Holidays',
      'plan 0123456789ab',
      'overlap buffer_one, catchup 90s',
      'started 1, skipped 2, missed 3',
      'times 0 6 * * 1 | 0 9 * * 6 (Europe/Berlin)',
      'starts nothing before it is resumed',
    ]);
  });

  it('is in JSON the words of the language, and times in ISO 8601', () => {
    const summary = {
      pipeline: 'weekly',
      cron: ['0 6 * * 1', '0 9 * * 6'],
      timezone: 'Europe/Berlin',
      is_paused: false,
      next_at: '2026-03-02T05:00:00Z',
      last: { run_id: LAST.runId, scheduled_at: '2026-02-23T05:00:00Z' },
    };
    assert.deepEqual(summaryReport(ACTIVE), summary);
    assert.deepEqual(viewReport(ACTIVE), {
      ...summary,
      schedule_id: 'default/weekly',
      pipeline_version: '3',
      plan_hash: '0123456789abcdef',
      overlap: 'buffer_one',
      catchup: '90s',
      next: ['2026-03-02T05:00:00Z'],
      runs: [summary.last],
      running: [LAST.runId],
      counts: { started: 1, skipped: 2, missed: 3 },
    });
  });
});
