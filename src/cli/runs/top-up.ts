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
    .option('--step <path>', 'the budget of this step (default: all that the run asks for, or else its own)')
    .action(act(topUp));
}

function numberOf(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || Number.isNaN(value)) throw new InvalidArgumentError('A number is needed.');
  return value;
}

async function topUp(
  session: Session,
  ...[runId, wanted]: [string, { usd?: number; tokens?: number; step?: string }]
): Promise<ExitCode> {
  const { isRun, steps } = await withConnection(session, async (connection) => {
    await openRun(session, connection, runId);
    return topUpRun(connection, runId, wanted);
  });
  const { usd, tokens } = wanted;
  const added = [...(usd === undefined ? [] : [`$${usd}`]), ...(tokens === undefined ? [] : [`${tokens} tokens`])];
  const raised = [...(isRun ? ['the run'] : []), ...steps.map((step) => `step ${step}`)];
  session.terminal.answer({ event: 'topped_up', run_id: runId, usd, tokens, is_run: isRun, steps: [...steps] }, () => [
    `${added.join(' and ')} added to the budget of ${raised.join(' and of ')}`,
  ]);
  return EXIT.DONE;
}
