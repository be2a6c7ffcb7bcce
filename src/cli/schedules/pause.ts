import type { Command } from 'commander';
import { pauseSchedule } from '../../schedules.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { withConnection } from '../servers.ts';
import type { Act, Session } from '../session.ts';

interface PauseOptions {
  readonly note?: string;
}

export function addPause(schedules: Command, act: Act): void {
  schedules
    .command('pause <pipeline>')
    .description('Start no more runs until it is resumed; those that go on are left alone.')
    .option('--note <text>', 'why, for those who read the list')
    .action(act(pause));
}

async function pause(session: Session, pipeline: string, { note }: PauseOptions): Promise<ExitCode> {
  await withConnection(session, (connection) => pauseSchedule(connection, pipeline, note));
  session.terminal.answer({ event: 'paused', pipeline }, () => [`The schedule of ${pipeline} is paused`]);
  return EXIT.DONE;
}
