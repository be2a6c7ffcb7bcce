import type { Command } from 'commander';
import { resumeSchedule } from '../../schedules.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { withConnection } from '../servers.ts';
import type { Act, Session } from '../session.ts';

interface ResumeOptions {
  readonly note?: string;
}

export function addResume(schedules: Command, act: Act): void {
  schedules
    .command('resume <pipeline>')
    .description('Start runs again; what was missed stays missed, see backfill.')
    .option('--note <text>', 'why, for those who read the list')
    .action(act(resume));
}

async function resume(session: Session, pipeline: string, { note }: ResumeOptions): Promise<ExitCode> {
  await withConnection(session, (connection) => resumeSchedule(connection, pipeline, note));
  session.terminal.answer({ event: 'resumed', pipeline }, () => [`The schedule of ${pipeline} goes on`]);
  return EXIT.DONE;
}
