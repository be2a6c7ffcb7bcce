import type { Command } from 'commander';
import { listSchedules } from '../../schedules.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { schedulesTable, summaryReport } from '../screen/schedules-table.ts';
import { tableLines } from '../screen/table.ts';
import { withConnection } from '../servers.ts';
import type { Act, Session } from '../session.ts';

export function addList(schedules: Command, act: Act): void {
  schedules.command('list').description('List schedules, by name.').action(act(list));
}

async function list(session: Session): Promise<ExitCode> {
  const { terminal } = session;
  const found = await withConnection(session, listSchedules);
  if (terminal.isJson) for (const schedule of found) terminal.answer(summaryReport(schedule), () => []);
  else if (found.length === 0) terminal.note(['No schedules found']);
  else terminal.answer({}, () => tableLines(schedulesTable(found, Date.now()), terminal.paint, terminal.size.columns));
  return EXIT.DONE;
}
