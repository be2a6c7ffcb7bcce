import { Option, type Command } from 'commander';
import type { RunStatus } from '../../pipeline/view.ts';
import { listRuns } from '../../runs.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { LIMIT_HELP, limitOption } from '../limit-option.ts';
import { runsTable, summaryReport } from '../screen/runs-table.ts';
import { withConnection } from '../servers.ts';
import type { Act, Session } from '../session.ts';
import { tableLines } from '../screen/table.ts';

const STATUSES = [
  'running',
  'waiting',
  'paused',
  'done',
  'failed',
  'cancelled',
] as const satisfies readonly RunStatus[];
const LIMIT = 20;

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
    .option('--limit <number>', LIMIT_HELP, limitOption, LIMIT)
    .action(act(list));
}

async function list(session: Session, options: ListOptions): Promise<ExitCode> {
  const { terminal } = session;
  const found = await withConnection(session, (connection) => listRuns(connection, options));
  if (terminal.isJson) for (const run of found) terminal.answer(summaryReport(run), () => []);
  else if (found.length === 0) terminal.note(['No runs found']);
  else terminal.answer({}, () => tableLines(runsTable(found, Date.now()), terminal.paint, terminal.size.columns));
  return EXIT.DONE;
}
