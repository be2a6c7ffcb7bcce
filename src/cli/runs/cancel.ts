import type { Command } from 'commander';
import { cancelRun } from '../../runs.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { openRun } from './open.ts';
import { withConnection } from '../servers.ts';
import type { Act, Session } from '../session.ts';

export function addCancel(runs: Command, act: Act): void {
  runs.command('cancel <id>').description('End a run; its running calls are stopped.').action(act(cancel));
}

async function cancel(session: Session, runId: string): Promise<ExitCode> {
  await withConnection(session, async (connection) => {
    await cancelRun(connection, runId);
    // A run ends by its own doing: somebody must work on it. Where other people run the workers, that is their part.
    if (session.config.temporal.kind === 'embedded') await openRun(session, connection, runId);
  });
  session.terminal.answer({ event: 'cancelling', run_id: runId }, () => [`${runId} is being cancelled`]);
  return EXIT.DONE;
}
