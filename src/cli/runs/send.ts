import type { Command } from 'commander';
import { sendEvent } from '../../steering.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { withConnection } from '../servers.ts';
import type { Act, Session } from '../session.ts';
import { jsonOf } from '../text-options.ts';
import { openRun } from './open.ts';

export function addSend(runs: Command, act: Act): void {
  runs
    .command('send <id> <event>')
    .description('Tell a run of an event that a step waits for, or will wait for.')
    .option('--payload <json>', 'what the event carries; @file reads it from there')
    .action(act(send));
}

async function send(
  session: Session,
  ...[runId, name, options]: [string, string, { payload?: string }]
): Promise<ExitCode> {
  const payload = options.payload === undefined ? null : jsonOf('--payload', options.payload);
  await withConnection(session, async (connection) => {
    await openRun(session, connection, runId);
    await sendEvent(connection, runId, { name, payload });
  });
  session.terminal.answer({ event: 'sent', run_id: runId, name }, () => [`${runId} was told of ${name}`]);
  return EXIT.DONE;
}
