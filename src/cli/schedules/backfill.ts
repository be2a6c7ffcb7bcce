import { InvalidArgumentError, Option, type Command } from 'commander';
import { backfillSchedule, type Backfilled } from '../../backfill.ts';
import type { SchedulePlan } from '../../pipeline/plan.ts';
import { OVERLAP } from '../../schedule-view.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { printableLine } from '../screen/printable.ts';
import { scheduledReport } from '../screen/schedules-table.ts';
import type { Lines } from '../screen/terminal.ts';
import { withConnection } from '../servers.ts';
import type { Act, Session } from '../session.ts';

interface BackfillOptions {
  readonly from: number;
  readonly to?: number;
  readonly overlap?: SchedulePlan['overlap'];
}

export function addBackfill(schedules: Command, act: Act): void {
  schedules
    .command('backfill <pipeline>')
    .description(
      'Start the runs of times that have passed: from before the schedule was applied, or while it was paused.',
    )
    .requiredOption('--from <time>', 'the first time, such as 2026-01-31 or 2026-01-31T06:00:00Z', timeOption)
    .option('--to <time>', 'the last time (default: now)', timeOption)
    .addOption(
      new Option(
        '--overlap <policy>',
        'what to do while another run goes on (default: buffer_all, one after the other)',
      ).choices(Object.keys(OVERLAP)),
    )
    .action(act(backfill));
}

const TIME = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2}))?$/u;

/** A time says in which zone it is, or else it would be another one on another machine. */
function timeOption(text: string): number {
  const time = TIME.test(text) ? Date.parse(text) : NaN;
  if (!Number.isNaN(time)) return time;
  throw new InvalidArgumentError(
    'Allowed are times such as 2026-01-31T06:00:00Z or 2026-01-31T07:00+01:00, and days such as 2026-01-31 (from midnight UTC).',
  );
}

async function backfill(session: Session, pipeline: string, options: BackfillOptions): Promise<ExitCode> {
  const done = await withConnection(session, (connection) => backfillSchedule(connection, pipeline, options));
  const report = { runs: done.runs.map(scheduledReport), known: done.known.map(scheduledReport) };
  session.terminal.answer({ event: 'backfilled', pipeline, ...report }, () => lines(done));
  return EXIT.DONE;
}

function lines({ runs, known }: Backfilled): Lines {
  const before = known.length === 0 ? [] : [`Started before, left as they are: ${known.length}`];
  if (runs.length === 0) return ['There is nothing to start in between', ...before];
  return [
    'Temporal starts, as the policy of overlaps has it:',
    ...runs.map(({ runId }) => `  ${printableLine(runId)}`),
    ...before,
  ];
}
