import { InvalidArgumentError, type Command } from 'commander';
import { topUpRun } from '../../steering.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { withConnection } from '../servers.ts';
import type { Act, Session } from '../session.ts';
import { openRun } from './open.ts';

export function addTopUp(runs: Command, act: Act): void {
  runs
    .command('top-up <id>')
    .description('Raise the budget of a run; one that waits for it goes on.')
    .option('--usd <number>', 'dollars to add', numberOf)
    .option('--tokens <number>', 'tokens to add', numberOf)
    .action(act(topUp));
}

function numberOf(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || Number.isNaN(value)) throw new InvalidArgumentError('A number is needed.');
  return value;
}

async function topUp(
  session: Session,
  ...[runId, amount]: [string, { usd?: number; tokens?: number }]
): Promise<ExitCode> {
  await withConnection(session, async (connection) => {
    await openRun(session, connection, runId);
    await topUpRun(connection, runId, amount);
  });
  const { usd, tokens } = amount;
  const added = [...(usd === undefined ? [] : [`$${usd}`]), ...(tokens === undefined ? [] : [`${tokens} tokens`])];
  session.terminal.answer({ event: 'topped_up', run_id: runId, ...amount }, () => [`${added.join(' and ')} added`]);
  return EXIT.DONE;
}
