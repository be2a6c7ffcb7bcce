import type { Command } from 'commander';
import { retryStep } from '../../steering.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { withConnection } from '../servers.ts';
import type { Act, Session } from '../session.ts';
import { openRun } from './open.ts';

export function addRetry(runs: Command, act: Act): void {
  runs.command('retry <id> <step>').description('Have a step that is held tried again.').action(act(retry));
}

async function retry(session: Session, runId: string, step: string): Promise<ExitCode> {
  await withConnection(session, async (connection) => {
    await openRun(session, connection, runId);
    await retryStep(connection, runId, { step });
  });
  session.terminal.answer({ event: 'retrying', run_id: runId, step }, () => [`${step} is tried again`]);
  return EXIT.DONE;
}
