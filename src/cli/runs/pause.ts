import type { Command } from 'commander';
import { pauseRun } from '../../steering.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { openRun } from './open.ts';
import { withConnection } from '../servers.ts';
import type { Act, Session } from '../session.ts';

export function addPause(runs: Command, act: Act): void {
  runs.command('pause <id>').description('Let running steps end and start nothing new.').action(act(pause));
}

async function pause(session: Session, runId: string): Promise<ExitCode> {
  const status = await withConnection(session, async (connection) => {
    await openRun(session, connection, runId);
    return pauseRun(connection, runId);
  });
  session.terminal.answer({ event: 'status', run_id: runId, status }, () => [`${runId} ${status}`]);
  return EXIT.DONE;
}
