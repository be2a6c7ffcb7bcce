import type { Command } from 'commander';
import { deleteSchedule } from '../../schedules.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { withConnection } from '../servers.ts';
import type { Act, Session } from '../session.ts';

export function addDelete(schedules: Command, act: Act): void {
  schedules
    .command('delete <pipeline>')
    .description('Forget a schedule; the runs that it has started are left alone.')
    .action(act(remove));
}

async function remove(session: Session, pipeline: string): Promise<ExitCode> {
  await withConnection(session, (connection) => deleteSchedule(connection, pipeline));
  session.terminal.answer({ event: 'deleted', pipeline }, () => [`The schedule of ${pipeline} is deleted`]);
  return EXIT.DONE;
}
