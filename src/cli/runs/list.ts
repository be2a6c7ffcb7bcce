import { InvalidArgumentError, Option, type Command } from 'commander';
import type { RunStatus } from '../../pipeline/result.ts';
import { listRuns, type RunSummary } from '../../runs.ts';
import { elapsedText, usdText } from '../screen/amounts.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { printableLine } from '../screen/printable.ts';
import { isoTime } from '../screen/report.ts';
import { withConnection } from '../servers.ts';
import type { Act, Session } from '../session.ts';
import { STATUS_STYLE } from '../screen/steps-table.ts';
import { tableLines, type Table } from '../screen/table.ts';

const STATUSES = ['running', 'paused', 'done', 'failed', 'cancelled'] as const satisfies readonly RunStatus[];
const LIMIT = 20;
const LIMIT_MAX = 1000;

interface ListOptions {
  readonly status?: RunStatus;
  readonly pipeline?: string;
  readonly limit: number;
}

export function addList(runs: Command, act: Act): void {
  runs
    .command('list')
    .description('List runs, newest first.')
    .addOption(new Option('--status <status>', 'only those').choices(STATUSES))
    .option('--pipeline <name>', 'only runs of this pipeline')
    .option('--limit <number>', `how many at most, from 1 to ${LIMIT_MAX}`, limitOption, LIMIT)
    .action(act(list));
}

function limitOption(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= LIMIT_MAX) return limit;
  throw new InvalidArgumentError(`Allowed are whole numbers from 1 to ${LIMIT_MAX}.`);
}

async function list(session: Session, options: ListOptions): Promise<ExitCode> {
  const { terminal } = session;
  const found = await withConnection(session, (connection) => listRuns(connection, options));
  if (terminal.isJson) for (const run of found) terminal.answer(summaryReport(run), () => []);
  else if (found.length === 0) terminal.note(['No runs found']);
  else terminal.answer({}, () => tableLines(runsTable(found, Date.now()), terminal.paint, terminal.size.columns));
  return EXIT.DONE;
}

function summaryReport({ runId, pipeline, status, startedAt, endedAt, costUsd }: RunSummary): object {
  return {
    run_id: runId,
    pipeline,
    status,
    started_at: isoTime(startedAt),
    ended_at: endedAt === undefined ? null : isoTime(endedAt),
    cost_usd: costUsd ?? null,
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
