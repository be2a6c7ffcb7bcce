import type { RunSummary } from '../../runs.ts';
import { elapsedText, isoTime, usdText } from './amounts.ts';
import { printableLine } from './printable.ts';
import { STATUS_STYLE } from './steps-table.ts';
import type { Table } from './table.ts';

export function summaryReport({ runId, pipeline, status, startedAt, endedAt, costUsd }: RunSummary): object {
  return {
    run_id: runId,
    pipeline,
    status,
    started_at: isoTime(startedAt),
    ended_at: endedAt === undefined ? null : isoTime(endedAt),
    cost_usd: costUsd,
  };
}

export function runsTable(runs: readonly RunSummary[], now: number): Table {
  return {
    columns: [
      { head: 'RUN' },
      { head: 'STATUS' },
      { head: 'STARTED' },
      { head: 'TIME' },
      { head: 'COST', rank: 1 },
      { head: 'PIPELINE' },
    ],
    rows: runs.map((run) => [
      { text: printableLine(run.runId) },
      { text: run.status, style: STATUS_STYLE[run.status] },
      { text: `${elapsedText(now - run.startedAt)} ago` },
      { text: elapsedText((run.endedAt ?? now) - run.startedAt) },
      { text: run.costUsd === undefined ? '' : usdText(run.costUsd * 1e9) },
      { text: printableLine(run.pipeline), style: 'dim' },
    ]),
  };
}
