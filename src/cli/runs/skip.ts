import type { Command } from 'commander';
import { skipStep } from '../../steering.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { withConnection } from '../servers.ts';
import type { Act, Session } from '../session.ts';
import { jsonOf } from '../text-options.ts';
import { openRun } from './open.ts';

export function addSkip(runs: Command, act: Act): void {
  runs
    .command('skip <id> <step>')
    .description('Go on without a step that is held or waits.')
    .option('--output <json>', 'its output: the step then counts as done; @file reads it from there')
    .action(act(skip));
}

async function skip(
  session: Session,
  ...[runId, step, options]: [string, string, { output?: string }]
): Promise<ExitCode> {
  const output = options.output === undefined ? {} : { output: jsonOf('--output', options.output) };
  await withConnection(session, async (connection) => {
    await openRun(session, connection, runId);
    await skipStep(connection, runId, { step, ...output });
  });
  session.terminal.answer({ event: 'skipped', run_id: runId, step }, () => [`${step} is skipped`]);
  return EXIT.DONE;
}
