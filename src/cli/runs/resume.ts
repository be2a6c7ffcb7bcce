import type { Command } from 'commander';
import { resumeRun } from '../../steering.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { openRun } from './open.ts';
import { withConnection } from '../servers.ts';
import type { Act, Session } from '../session.ts';

export function addResume(runs: Command, act: Act): void {
  runs.command('resume <id>').description('Go on after a pause.').action(act(resume));
}

async function resume(session: Session, runId: string): Promise<ExitCode> {
  const status = await withConnection(session, async (connection) => {
    await openRun(session, connection, runId);
    return resumeRun(connection, runId);
  });
  session.terminal.answer({ event: 'status', run_id: runId, status }, () => [`${runId} ${status}`]);
  return EXIT.DONE;
}
